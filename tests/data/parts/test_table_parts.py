"""Words become the numbers of their levels, which are the same on every rank."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts import table_parts
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.table_parts import TableParts
from fastavg.errors import DataError
from tests.communicators.ranks import on_ranks
from tests.data.parts.tables import ROWS, columns, truth, write_table

WORKERS = 5


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return write_table(tmp_path_factory.mktemp("table"))


def opened(files, ranks):
    source = open_parts(files, "price", None, WORKERS)
    assert isinstance(source, TableParts)
    source.learn_levels(workers_of(ranks.rank, ranks.size, WORKERS), ranks)
    return source


@pytest.mark.parametrize("size", [1, 2, 6])
def test_levels_are_those_of_all_rows(size, files):
    for source in on_ranks(size, lambda ranks: opened(files, ranks)):
        assert source.levels["town"] == ("Bonn", "Kiel", "Mainz", "Trier", "Ulm")
        assert source.levels["new"] == source.levels["heated"] == ("false", "true")
        assert len(source.levels["name"]) == ROWS
        assert source.unlisted == frozenset()


def test_rows_are_numbers_of_levels_and_holes_are_nan(files):
    source, known = opened(files, LocalCommunicator()), columns()
    tables = [source.read(part, 0, size) for part, size in enumerate(source.sizes)]
    X = np.concatenate([table.X for table in tables])
    assert source.names == tuple(known)
    assert np.concatenate([table.y for table in tables]).tolist() == truth().tolist()
    for at, name in enumerate(source.names):
        if name in source.levels:
            levels = source.levels[name]
            found = [None if np.isnan(each) else levels[int(each)] for each in X[:, at]]
            assert found == [
                None if each is None else str(each).lower() if isinstance(each, bool) else each
                for each in known[name]
            ]
    assert np.isnan(X[:, source.names.index("nothing")]).all()
    assert np.array_equal(
        X[:, source.names.index("size")], np.array(known["size"], float), equal_nan=True
    )


@pytest.mark.parametrize("size", [1, 3])
def test_too_many_words_are_not_listed_on_any_rank(size, files, monkeypatch):
    # A rank of three has fewer words than that, and all have more.
    monkeypatch.setattr(table_parts, "MOST_COUNTED", 100)
    for source in on_ranks(size, lambda ranks: opened(files, ranks)):
        assert source.unlisted == {"name"}
        assert {*source.levels} == {"town", "new", "heated", "country"}
        column = source.read(0, 0, 9).X[:, source.names.index("name")]
        assert column.tolist() == [0.0] * 9


def test_a_rank_that_cannot_read_ends_all(files, tmp_path):
    path = write_table(tmp_path)
    source = open_parts(path, "price", None, WORKERS)
    (tmp_path / "b.parquet").write_bytes(b"PAR1")

    def rank(ranks):
        source.learn_levels(workers_of(ranks.rank, ranks.size, WORKERS), ranks)

    with pytest.raises(DataError, match=r"b.parquet has changed since training began"):
        on_ranks(2, rank)
