"""Windows one after the other: read once, ahead, and errors where they are used."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from fastavg.data.parts.window_reader import Window, WindowReader
from fastavg.data.rows import Rows
from fastavg.errors import DataError


class Reader:
    """Counts what is read, and in which thread."""

    window = 4

    def __init__(self):
        self.read_windows = []

    def empty(self, n_rows=0):
        return Rows(np.zeros((n_rows, 1)), np.zeros((n_rows, 1)), np.zeros(0))

    def read(self, part, start, stop):
        if part == 9:
            raise DataError("part 9 is damaged")
        self.read_windows.append((Window(part, start, stop), threading.current_thread().name))
        rows = self.empty(stop - start)
        rows.dense[:, 0] = np.arange(start, stop)
        return rows


A, B, C = Window(0, 0, 4), Window(0, 8, 12), Window(0, 4, 8)


def test_windows_come_in_order_and_all_but_the_first_from_the_thread():
    reader = Reader()
    found = [rows.dense[0, 0] for rows in WindowReader(reader).windows([A, B, C])]
    assert found == [0, 8, 4]
    assert [window for window, _ in reader.read_windows] == [A, B, C]
    names = [name.startswith("fastavg-rows") for _, name in reader.read_windows]
    assert names == [False, True, True]


def test_the_last_window_is_kept_for_the_next_round():
    reader = Reader()
    windows = WindowReader(reader)
    list(windows.windows([A, B]))
    assert [rows.dense[0, 0] for rows in windows.windows([B, A])] == [8, 0]
    assert [window for window, _ in reader.read_windows] == [A, B, A]


def test_a_window_that_cannot_be_read_is_an_error_when_it_is_its_turn():
    windows = WindowReader(Reader()).windows([A, Window(9, 0, 4)])
    assert len(next(windows)) == 4
    with pytest.raises(DataError, match="part 9 is damaged"):
        next(windows)
