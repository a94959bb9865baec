"""Rows that lie on different ranks become the rows of each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.engines.part_exchange import Part, cut_for_ranks, joined, whole
from fastavg.errors import ConfigError, DataError
from tests.communicators.tcp.groups import on_ranks

X = np.random.default_rng(0).normal(size=(30, 4))
Y = np.array(["no", "perhaps", "yes"])[np.arange(30) % 3]
WEIGHTS, HELD = np.arange(30.0), np.arange(30) % 5 == 0
PLACES = np.random.default_rng(1).permutation(30)


def part(own):
    return Part(X[own], Y[own], WEIGHTS[own], HELD[own], own)


@pytest.mark.parametrize("cut", [(10, 20), (0, 13), (30, 30)])
def test_every_rank_has_all_rows_in_order(cut):
    pieces = np.split(PLACES, cut)
    for found in on_ranks(3, lambda ranks: whole(part(pieces[ranks.rank]), ranks)):
        assert np.array_equal(found.X, X)
        assert np.array_equal(found.y, Y)
        assert np.array_equal(found.weights, WEIGHTS)
        assert np.array_equal(found.held, HELD)


def test_rows_that_every_rank_has_stay_as_they_are():
    given = Part(X, Y)
    assert whole(given, LocalCommunicator()) is given


def test_parts_with_other_columns_are_refused():
    def rank(ranks):
        rows = np.zeros((2, 3 + ranks.rank))
        return whole(Part(rows, rows[:, 0], order=np.arange(2) + 2 * ranks.rank), ranks)

    for error in on_ranks(2, rank):
        assert isinstance(error, DataError)
        assert str(error) == (
            "X has columns and dtype [4, '<f8'] on rank 1 and [3, '<f8'] on rank 0; all partitions "
            "need the same"
        )


def test_no_rows_at_all_are_refused():
    empty = np.zeros(0, np.int64)
    for error in on_ranks(2, lambda ranks: whole(part(empty), ranks)):
        assert str(error) == "the data set has no rows in any of its 2 partitions"
    with pytest.raises(DataError, match="no rows in any of its 2 partitions"):
        joined([X[:0], X[:0]], [Y[:0], Y[:0]])


def test_pieces_are_joined_without_the_empty_ones():
    found = joined([X[:0], X[:7], X[7:]], [Y[:0], Y[:7], Y[7:]], None)
    assert np.array_equal(found.X, X)
    assert np.array_equal(found.y, Y)
    assert found.weights is None
    assert joined([X, X[:0]], [Y, Y[:0]]).X is X


@pytest.mark.parametrize("ranks", [1, 2, 3])
def test_ranks_get_the_rows_of_their_own_workers(ranks):
    found = cut_for_ranks(Part(X, Y.tolist(), WEIGHTS), 4, ranks)
    assert {own.n_rows for own in found} == {30}
    pieces = [own.pieces[0] for own in found]
    assert [len(piece.X) for piece in pieces] == {1: [30], 2: [15, 15], 3: [7, 8, 15]}[ranks]
    assert np.array_equal(np.concatenate([piece.X for piece in pieces]), X)
    assert np.concatenate([piece.y for piece in pieces]).tolist() == Y.tolist()
    assert np.array_equal(np.concatenate([piece.weights for piece in pieces]), WEIGHTS)
    assert all(np.shares_memory(piece.X, X) for piece in pieces)


def test_rows_that_cannot_be_cut_are_refused():
    with pytest.raises(DataError, match=r"y has shape \(31,\) and X 30 rows; each row needs one"):
        cut_for_ranks(Part(X, np.zeros(31)), 4, 2)
    with pytest.raises(DataError, match=r"sample_weight has shape \(29,\) and X 30 rows"):
        cut_for_ranks(Part(X, Y, WEIGHTS[1:]), 4, 2)
    with pytest.raises(DataError, match="X has shape"):
        cut_for_ranks(Part(X[:, 0], Y), 4, 2)
    with pytest.raises(ConfigError, match="31 workers cannot share 30 training rows"):
        cut_for_ranks(Part(X, Y), 31, 2)


@pytest.mark.parametrize(("X_of", "y_of", "said"), [
    ([X[:7], X[7:, 1:]], [Y[:7], Y[7:]],
     "X of partition 2 has 3 columns, and of partition 1 4 columns; all partitions need the same"),
    ([X[:7], X[7:].astype(str)], [Y[:7], Y[7:]],
     "X of partition 2 holds text, and of partition 1 numbers; all partitions need the same"),
    ([X[:7], X[7:]], [Y[:7], np.arange(23)],
     "y of partition 2 holds numbers, and of partition 1 text; all partitions need the same"),
])
def test_pieces_that_differ_are_named(X_of, y_of, said):
    with pytest.raises(DataError) as error:
        joined([X[:0], *X_of], [Y[:0], *y_of])
    assert str(error.value) == said


def test_text_among_the_rows_of_ranks_is_named_by_its_column():
    table = pd.DataFrame({"size": [1.0, 2.0], "town": ["1", "Ulm"]})
    with pytest.raises(DataError) as error:
        cut_for_ranks(Part(table, [0, 1]), 2, 2)
    assert str(error.value) == (
        "X holds 'Ulm' in row 1, column 'town'; every value must be a number"
    )
    mixed = pd.DataFrame({"size": [1, 2], "new": [True, False]})
    (first, _) = cut_for_ranks(Part(mixed, [0, 1]), 2, 2)
    assert first.pieces[0].X.tolist() == [[1.0, 1.0]]
