"""A search path that can be asked what is installed."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fastavg.kernels.jit.plain_path import plain_search_path


@pytest.mark.parametrize("odd", [None, b"/usr/share", 3, Path("/usr/share"), "a\0b"])
def test_entries_that_python_ignores_are_left_out_for_a_while(odd, monkeypatch):
    path = [*sys.path[:1], odd, *sys.path[1:]]
    monkeypatch.setattr(sys, "path", path)
    with plain_search_path():
        assert odd not in sys.path
        assert sys.path == [entry for entry in path if entry is not odd]
        assert version("numba")
    assert sys.path is path
    assert odd in path


def test_an_ordinary_path_stays_the_same_object():
    path = sys.path
    with plain_search_path():
        assert sys.path is path


def test_an_error_puts_the_path_back(monkeypatch):
    path = [*sys.path, None]
    monkeypatch.setattr(sys, "path", path)
    with pytest.raises(KeyError), plain_search_path():
        raise KeyError
    assert sys.path is path
