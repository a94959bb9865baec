"""Levels that are counted block by block."""

from __future__ import annotations

import numpy as np

from fastavg.data.frame import Levels
from fastavg.data.level_counts import LevelCounter, counts_of


def test_blocks_count_what_the_whole_counts():
    random = np.random.default_rng(0)
    levels, codes = ["a", "b", "c"], random.integers(-1, 3, 100).astype(np.int32)
    counter = LevelCounter()
    for start in range(0, 100, 30):
        # Each block names its levels in an order of its own.
        block = codes[start : start + 30]
        counter.add(Levels(np.where(block < 0, -1, 2 - block).astype(np.int32), levels[::-1]))
    found, whole = counter.counts(), counts_of(Levels(codes, levels))
    assert dict(zip(found.levels, found.counts.tolist(), strict=True)) == dict(
        zip(whole.levels, whole.counts.tolist(), strict=True)
    )
    assert (found.missing, found.rows, found.different) == (whole.missing, 100, 3)


def test_of_too_many_levels_the_frequent_ones_are_kept():
    counter = LevelCounter(most=4)
    for start in range(0, 40, 5):
        names = [*(f"rare {start + k}" for k in range(5)), "often"]
        counter.add(Levels(np.array([0, 1, 2, 3, 4, 5, 5], np.int32), names))
    found = counter.counts()
    assert len(found.levels) <= 8
    assert found.counts[found.levels.index("often")] == 16
    assert found.rows == 56
    assert found.different == 41
