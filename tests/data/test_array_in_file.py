"""Arrays in files: whole, at their place, and no further."""

import os
import tempfile

import numpy as np
import pytest

from fastavg.data.array_in_file import read_array, write_array


@pytest.fixture
def descriptor():
    with tempfile.TemporaryFile() as file:
        yield file.fileno()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_was_written_is_read(descriptor, dtype):
    array = np.arange(12, dtype=dtype).reshape(3, 4)
    write_array(descriptor, array, 40)
    write_array(descriptor, array[:0], 7)
    found = np.empty_like(array)
    read_array(descriptor, found, 40)
    assert (found == array).all()
    assert os.pread(descriptor, 40, 0) == bytes(40)


def test_an_array_with_gaps_is_written_without_them(descriptor):
    array = np.arange(12.0).reshape(3, 4)[:, ::2]
    write_array(descriptor, array, 0)
    assert os.pread(descriptor, 99, 0) == array.tobytes()


def test_few_bytes_at_a_time_make_the_same(descriptor, monkeypatch):
    pwrite, preadv = os.pwrite, os.preadv
    monkeypatch.setattr(os, "pwrite", lambda d, view, at: pwrite(d, view[:5], at))
    monkeypatch.setattr(os, "preadv", lambda d, views, at: preadv(d, [views[0][:3]], at))
    array, found = np.arange(4.0), np.empty(4)
    write_array(descriptor, array, 8)
    read_array(descriptor, found, 8)
    assert (found == array).all()


def test_a_file_that_is_too_short_is_an_error(descriptor):
    write_array(descriptor, np.zeros(2), 0)
    with pytest.raises(OSError, match="it is shorter than it was written"):
        read_array(descriptor, np.empty(3), 0)
