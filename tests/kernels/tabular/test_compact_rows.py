"""Compact rows: where their numbers stand."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.tabular.compact_rows import (
    BIN,
    LEVEL,
    LOOKUP_COLUMNS,
    PLAIN,
    numbers_of,
    table_of,
)
from tests.kernels.tabular.compact import LOOKUPS, NUMBERS, WIDTH


@pytest.mark.parametrize(("kind", "numbers"), [(PLAIN, 9), (LEVEL, 1), (BIN, 2)])
def test_numbers(kind, numbers):
    assert numbers_of(kind, 9) == numbers


def test_lookups_follow_each_other_without_gaps():
    first = place = 0
    for kind, at, size, number in LOOKUPS.tolist():
        assert (at, number) == (first, place)
        first, place = first + size, place + numbers_of(kind, size)
    assert (first, place) == (WIDTH, NUMBERS)


def test_plain_neighbours_are_one_lookup():
    assert table_of([PLAIN, PLAIN, LEVEL, PLAIN], [1, 2, 3, 1]).tolist() == [
        [PLAIN, 0, 3, 0], [LEVEL, 3, 3, 3], [PLAIN, 6, 1, 4],
    ]
    assert table_of([], []).shape == (0, LOOKUP_COLUMNS)
    assert table_of([PLAIN], [1]).dtype == np.int64
