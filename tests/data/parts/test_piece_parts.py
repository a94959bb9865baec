"""Rows in pieces: the cut of one array, whatever partitions they lie in."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts.array_parts import whole_as_parts
from fastavg.data.parts.piece_parts import Piece, piece_parts, slices_of
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError
from tests.communicators.ranks import on_ranks

N, WORKERS = 23, 5
X = np.random.default_rng(0).normal(size=(N, 3)).astype("f4")
Y = np.array(["no", "perhaps", "yes"])[np.arange(N) % 3]


def pieces_of(lengths, rank, size, change=None):
    ends = np.cumsum((0, *lengths))
    found = []
    for number, start, stop in slices_of(lengths, WORKERS, rank, size):
        rows = slice(ends[number] + start, ends[number] + stop)
        piece = Piece(X[rows], Y[rows], np.arange(N)[rows], np.arange(N)[rows] % 4 == 0)
        found.append(piece if change is None else change(rank, piece))
    return found


@pytest.mark.parametrize("lengths", [(23,), (7, 0, 9, 7), (1,) * 23, (0, 22, 1, 0)])
def test_parts_are_those_of_one_array(lengths):
    whole = whole_as_parts(Table(X, Y, None, np.arange(N)), WORKERS)

    def rank(ranks):
        source = piece_parts(pieces_of(lengths, ranks.rank, ranks.size), N, WORKERS, ranks)
        assert source.sizes == whole.sizes
        assert (source.n_features, source.weighted, source.form.dtype) == (3, True, np.float32)
        ends = np.cumsum((0, *source.sizes))
        for part in workers_of(ranks.rank, ranks.size, WORKERS):
            for start, stop in ((0, source.sizes[part]), (1, 3)):
                found, expected = (each.read(part, start, stop) for each in (source, whole))
                assert np.array_equal(found.X, expected.X)
                assert np.array_equal(found.y, expected.y)
                assert np.array_equal(found.weights, expected.weights)
            rows = np.arange(ends[part], ends[part + 1])
            assert np.array_equal(source.held(part), rows % 4 == 0)
        return True

    for size in (1, 2, 3, 6):
        assert all(on_ranks(size, rank))


def test_every_row_is_of_one_rank():
    lengths = (4, 0, 11, 8)
    for size in (1, 2, 3, 5, 6):
        taken = [each for rank in range(size) for each in slices_of(lengths, WORKERS, rank, size)]
        rows = [(number, row) for number, start, stop in taken for row in range(start, stop)]
        assert rows == [(number, row) for number in range(4) for row in range(lengths[number])]


def test_no_rows_and_too_few_are_refused_with_the_numbers():
    with pytest.raises(DataError, match="X has no rows in any of its 2 partitions"):
        slices_of([0, 0], 1, 0, 1)
    with pytest.raises(ConfigError, match="5 workers cannot share 3 training rows"):
        slices_of([3], 5, 0, 1)


def test_a_rank_without_all_of_its_rows_ends_all():
    def rank(ranks):
        given = pieces_of((10, 13), ranks.rank, ranks.size)
        return piece_parts(given[:-1] if ranks.rank else given, N, WORKERS, ranks)

    with pytest.raises(DataError, match="rank 1 has 1 rows, and the parts of its workers are 14"):
        on_ranks(2, rank)


@pytest.mark.parametrize(("change", "said"), [
    (lambda rank, piece: piece._replace(X=piece.X[:, : 3 - rank]),
     "the number of columns of X of a partition is 2, and of the first one 3"),
    (lambda rank, piece: piece._replace(y=np.arange(len(piece.y)) if rank else piece.y),
     "the kind of y of a partition is numbers, and of the first one text"),
    (lambda rank, piece: piece._replace(weights=None) if rank else piece,
     "whether there is sample_weight of a partition is False, and of the first one True"),
    (lambda rank, piece: piece._replace(y=piece.y[1:]), "y of a partition has shape"),
    (lambda rank, piece: piece._replace(X=np.array([["Ulm", 1, 2]] * len(piece.X), object)),
     "X of a partition holds 'Ulm' in row 0, column 0; every value must be a number"),
    (lambda rank, piece: piece._replace(X=piece.X[:, : 3 - rank], place=f"partition {rank}"),
     "the number of columns of X of partition 1 is 2, and of partition 0 3"),
    (lambda rank, piece: piece._replace(
        y=np.arange(len(piece.y)) if rank else piece.y, place=f"partition {rank}"),
     "the kind of y of partition 1 is numbers, and of partition 0 text"),
])
def test_partitions_that_differ_are_refused(change, said):
    with pytest.raises(DataError, match=said):
        on_ranks(2, lambda ranks: piece_parts(
            pieces_of((10, 13), ranks.rank, 2, change), N, WORKERS, ranks
        ))


def test_dtypes_are_those_of_all():
    halves = [Piece(X[:11], [0] * 11), Piece(X[11:].astype("f8"), np.full(12, 0.5))]
    source = piece_parts(halves, N, 1, LocalCommunicator())
    table = source.read(0, 10, 12)
    assert (table.X.dtype, table.y.tolist()) == (np.float64, [0.0, 0.5])


def test_a_number_that_is_not_finite_is_named():
    broken = X.copy()
    broken[15, 2] = np.nan
    source = piece_parts([Piece(broken, Y)], N, WORKERS, LocalCommunicator())
    with pytest.raises(DataError, match="X holds nan in row 15, column 2"):
        source.read(3, 0, source.sizes[3])
