"""Columns that say which row a row is are found on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.parts import row_numbers
from fastavg.data.parts.row_numbers import all_different, are_row_numbers
from tests.communicators.ranks import on_ranks

MIXED = np.random.default_rng(0).permutation(1000)[:60].astype(float)
TWICE = np.concatenate([MIXED, MIXED[3:4]])


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize(("name", "numbers", "expected"), [
    ("number", np.arange(60.0), True), ("number", MIXED, False), ("user_id", MIXED, True),
    ("user_id", TWICE, False), ("user_id", MIXED[:19], False),
    ("number", np.arange(60.0)[::-1], False),
])
def test_numbers_that_follow_each_other_or_are_an_id(name, numbers, expected, size):
    def rank(ranks):
        own = np.array_split(numbers, size)[ranks.rank]
        return are_row_numbers(name, own, len(numbers), ranks)

    assert on_ranks(size, rank) == [expected] * size


def test_numbers_are_compared_in_blocks(monkeypatch):
    monkeypatch.setattr(row_numbers, "BLOCK", 4)
    for numbers, expected in ((MIXED, True), (TWICE, False)):
        def rank(ranks, numbers=numbers):
            # A rank without a number, and neighbours that are far apart.
            return all_different(np.sort(numbers[ranks.rank :: 3] if ranks.rank < 3 else MIXED[:0]),
                                 ranks)

        assert on_ranks(4, rank) == [expected] * 4
