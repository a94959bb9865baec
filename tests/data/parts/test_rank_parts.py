"""Training, validation and test rows of a rank: the same whoever reads a part, each row once."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts import rank_parts
from fastavg.data.parts.array_parts import whole_as_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError
from tests.communicators.ranks import on_ranks

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


@pytest.mark.parametrize("test_size", [0, 0.3])
@pytest.mark.parametrize("block_bytes", [24 * 7, 1 << 20])
def test_every_row_trains_validates_or_tests(test_size, block_bytes, monkeypatch):
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", block_bytes)
    whole = parts_of(test_size=test_size)
    parts = whole.holding_out(0.2, seed=7)
    train = [row for block in parts.train_blocks() for row in block.y.tolist()]
    test = [row for block in parts.test_blocks() for row in block.y.tolist()]
    held = [
        [row for block in parts.validation_blocks(part) for row in block.y.tolist()]
        for part in range(WORKERS)
    ]
    assert sorted([*train, *test, *(row for rows in held for row in rows)]) == list(range(N))
    assert train == sorted(train)
    assert test == [row for block in whole.test_blocks() for row in block.y.tolist()]
    assert [len(rows) for rows in held] == [round(0.2 * n) for n in whole.cut.sizes]
    for part, rows in enumerate(held):
        some = parts_of(range(part, part + 1), test_size).holding_out(0.2, seed=7)
        own = [row for block in some.validation_blocks(part) for row in block.y.tolist()]
        assert own == rows
    other = whole.holding_out(0.2, seed=8)
    assert held[0] != [row for block in other.validation_blocks(0) for row in block.y.tolist()]


def test_rows_that_are_chosen_validate():
    def chosen(part):
        return np.arange(parts_of(test_size=0).source.sizes[part]) % 3 == part % 3

    def rank(ranks):
        own = parts_of(workers_of(ranks.rank, ranks.size, WORKERS), 0)
        parts = own.holding_out_chosen(chosen, ranks)
        for part in parts.cut.held:
            rows = np.flatnonzero(chosen(part)) + sum(own.source.sizes[:part])
            blocks = parts.validation_blocks(part)
            assert [row for block in blocks for row in block.y.tolist()] == rows.tolist()
        return parts.cut.sizes

    sizes = on_ranks(3, rank)
    assert sizes == [sizes[0]] * 3
    assert sum(sizes[0]) == N - sum(chosen(part).sum() for part in range(WORKERS))


def test_validation_rows_that_leave_nothing_are_refused():
    ranks = LocalCommunicator()
    with pytest.raises(DataError, match=r"validation_size 0\.01 of 101 rows in 4 parts leaves 0"):
        parts_of(test_size=0).holding_out(0.01, 0)
    with pytest.raises(ConfigError, match="validation holds out all 25 training rows of part 0"):
        parts_of(test_size=0).holding_out(0.99, 0)
    for count, said in ((1, "holds out 1 of 101 rows"), (25, "all 25 training rows of part 0")):
        with pytest.raises((ConfigError, DataError), match=said):
            parts_of(test_size=0).holding_out_chosen(
                lambda part, n=count: (np.arange(26) < (n if part == 0 else 0)), ranks
            )
