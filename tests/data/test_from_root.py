"""One rank reads, all ranks have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from scipy.sparse import issparse, random_array

from fastavg import DataError
from fastavg.communicators import LocalCommunicator
from fastavg.communicators.threaded import ThreadedCommunicator
from fastavg.data.from_root import from_root, parts_of
from fastavg.data.table import Table


def sent(table, size=3):
    """What every rank has, where rank 0 alone gives a table."""
    ranks = ThreadedCommunicator.group(size, timeout=20)
    with ThreadPoolExecutor(size) as threads:
        return list(threads.map(
            lambda rank: from_root(table if rank.rank == 0 else None, rank), ranks
        ))


@pytest.mark.parametrize(("X", "y", "names"), [
    (np.arange(6, dtype="uint8").reshape(2, 3), np.array([7, 2**60]), None),
    (np.array([[0.1, np.nan]]), np.array(["Köln"]), ("größe", "age")),
    (np.asfortranarray(np.arange(6.0).reshape(3, 2)), None, ("a", "b")),
    (np.ones((2, 2), ">f4"), np.array([[0.5, 1], [2, 3]]), None),
])
def test_every_rank_has_the_same_table(X, y, names):
    for table in sent(Table(X, y, names)):
        assert table.X.dtype == X.dtype
        np.testing.assert_array_equal(table.X, X)
        assert table.feature_names == names
        if y is None:
            assert table.y is None
        else:
            assert table.y.dtype == y.dtype
            np.testing.assert_array_equal(table.y, y)


@pytest.mark.parametrize("form", ["csr", "csc"])
def test_sparse_rows_stay_sparse_on_the_way(form):
    X = random_array((5, 60), density=0.1, random_state=0, format=form)
    for table in sent(Table(X, np.arange(5))):
        assert issparse(table.X)
        assert np.array_equal(table.X.toarray(), X.toarray())
    assert list(parts_of(X)) == ["values", "features", "starts"]


def test_ranks_have_copies_of_their_own():
    first, second = sent(Table(np.zeros((2, 2)), None), 2)
    second.X[0, 0] = 1
    assert first.X[0, 0] == 0


def test_a_single_rank_keeps_its_table():
    table = Table(np.eye(2), None)
    assert from_root(table, LocalCommunicator()) is table


def test_objects_cannot_be_sent():
    rank = ThreadedCommunicator.group(2)[0]
    with pytest.raises(DataError, match="y holds Python objects; ranks can be sent numbers and"):
        from_root(Table(np.eye(2), np.array([{}, {}], object)), rank)
