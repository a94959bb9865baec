"""Rows in a temporary file: those of the files, without a name, and only where they pay."""

from __future__ import annotations

import errno
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts import rank_parts, scratch_stream
from fastavg.data.parts.learnt import learn
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.row_stream import RowStream
from fastavg.data.parts.scratch_stream import ScratchStream, scratch_of, scratch_room
from fastavg.errors import DataError
from tests.data.parts.sources import WORKERS, source

pytestmark = pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs /proc")
RANKS = LocalCommunicator()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder for temporary files that counts as a disk."""
    monkeypatch.setattr(scratch_stream.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(scratch_stream, "IN_MEMORY", ())
    return tmp_path


def stream_of(kind, folder, scale="standard", held=range(WORKERS), balanced=True):
    parts = RankParts(source(kind, folder), range(WORKERS), 0.2)
    learnt = learn(parts, "auto", scale, RANKS)
    return RowStream(
        RankParts(parts.source, held, 0.2), learnt, "float32", True, balanced, 10
    )


@pytest.mark.parametrize("kind", ["npy", "parquet", "arrow"])
@pytest.mark.parametrize("balanced", [True, False])
def test_a_window_has_the_rows_of_the_files(kind, balanced, folder, monkeypatch):
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", 8 * 5 * 7)
    stream = stream_of(kind, folder, held=range(1, 3), balanced=balanced)
    with scratch_of(stream) as scratch:
        assert isinstance(scratch, ScratchStream)
        assert scratch.window == 10
        for made in (scratch, pickle.loads(pickle.dumps(scratch))):
            for part in (1, 2):
                size = stream.parts.cut.sizes[part]
                found, expected = made.read(part, 3, size), stream.read(part, 3, size)
                for own, other in zip(found.arrays, expected.arrays, strict=True):
                    assert np.array_equal(own, other)
                    assert own.dtype == other.dtype
        assert len(scratch.empty()) == 0


READ = """
import pickle, sys
print(pickle.loads(bytes.fromhex(sys.argv[1])).read(1, 0, 4).dense.tobytes().hex())
"""


def test_another_process_reads_it_and_nothing_is_left(folder):
    stream = stream_of("parquet", folder)
    before = sorted(os.listdir(folder))
    with scratch_of(stream) as scratch:
        assert sorted(os.listdir(folder)) == before
        given = [sys.executable, "-c", READ, pickle.dumps(scratch).hex()]
        said = subprocess.run(given, check=True, capture_output=True, text=True, timeout=60)
        assert said.stdout.strip() == stream.read(1, 0, 4).dense.tobytes().hex()
    with pytest.raises(DataError, match="the temporary file of rows cannot be read"):
        scratch.read(1, 0, 4)


def test_a_shorter_file_is_an_error(folder):
    with scratch_of(stream_of("parquet", folder)) as scratch:
        os.truncate(scratch.path, 100)
        with pytest.raises(DataError, match="cannot be read: it is shorter than it was written"):
            scratch.read(1, 0, 4)


def test_a_disk_that_refuses_them_is_named(folder, monkeypatch):
    def full(*given):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(scratch_stream.os, "pwrite", full)
    said = f"rows cannot be written to {folder}: No space left on device; TMPDIR names another"
    with pytest.raises(DataError, match=said), scratch_of(stream_of("parquet", folder)):
        pass


def test_rows_that_lie_as_they_are_wanted_are_not_copied(folder):
    assert "they lie there" in scratch_room(stream_of("npy", folder, "none")).lacks
    assert scratch_room(stream_of("npy", folder)).lacks is None


def test_a_folder_in_memory_is_not_taken(folder, monkeypatch):
    monkeypatch.setattr(scratch_stream, "IN_MEMORY", (scratch_stream._file_system(str(folder)),))
    stream = stream_of("parquet", folder)
    assert scratch_room(stream).lacks == f"{folder} is memory; TMPDIR names another folder"
    with scratch_of(stream) as found:
        assert found is stream


def test_a_full_disk_is_not_taken(folder):
    stream = stream_of("parquet", folder)
    room = scratch_room(replace(stream, dtype="float64"))
    assert room.needed == 2 * scratch_room(stream).needed
    cut = replace(stream.parts.cut, sizes=(1 << 50,) * WORKERS)
    stream.parts.cut = cut
    assert f"{folder} has " in scratch_room(stream).lacks
    with scratch_of(stream) as found:
        assert found is stream
