"""Training and test rows of a rank: the same whoever reads a part, each row once."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.parts import rank_parts
from fastavg.data.parts.array_parts import whole_as_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.table import Table
from fastavg.errors import ConfigError

N, WORKERS = 101, 4


def parts_of(held=range(WORKERS), test_size=0.3):
    X = np.arange(N)[:, None] * np.ones((1, 3))
    return RankParts(whole_as_parts(Table(X, np.arange(N)), WORKERS), held, test_size)


@pytest.mark.parametrize("test_size", [0, 0.1, 0.3, 0.9])
@pytest.mark.parametrize("block_bytes", [24 * 7, 1 << 20])
def test_every_row_trains_or_tests(test_size, block_bytes, monkeypatch):
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", block_bytes)
    parts = parts_of(test_size=test_size)
    train = [row for block in parts.train_blocks() for row in block.y.tolist()]
    test = [row for block in parts.test_blocks() for row in block.y.tolist()]
    assert sorted(train + test) == list(range(N))
    assert train == sorted(train)
    assert test == sorted(test)
    assert len(test) == parts.test_rows == sum(round(test_size * n) for n in parts.source.sizes)
    assert len(train) == parts.cut.n_rows


@pytest.mark.parametrize("held", [range(1), range(1, 3), range(4, 4)])
def test_who_holds_a_part_does_not_matter(held):
    whole, some = parts_of(), parts_of(held)
    assert whole.cut.sizes == some.cut.sizes
    for part in held:
        size = some.cut.sizes[part]
        for start, stop in ((0, size), (2, 5), (size - 1, size)):
            expected = whole.read(part, start, stop).y
            assert some.read(part, start, stop).y.tolist() == expected.tolist()
    inside = [row for block in some.test_blocks() for row in block.y.tolist()]
    ends = np.cumsum((0, *some.source.sizes))
    every = [row for block in whole.test_blocks() for row in block.y.tolist()]
    assert inside == [row for row in every if ends[held.start] <= row < ends[held.stop]]


@pytest.mark.parametrize("test_size", [-0.1, 1, 0.99])
def test_a_test_size_that_leaves_nothing_is_refused(test_size):
    with pytest.raises(ConfigError, match=f"test size (is )?{test_size}"):
        parts_of(test_size=test_size)
