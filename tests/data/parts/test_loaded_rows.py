"""Rows of a rank's parts in memory: scaled, weighted, and shared without a copy."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.parts.learnt import learn
from fastavg.data.parts.loaded_rows import check_weights, load_rows
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.rows import room_for
from fastavg.errors import DataError
from fastavg.machine import shared_memory
from tests.data.parts.sources import rows, source, write_parquet

RANKS = LocalCommunicator()


def loaded(made, held, balanced=False):
    learnt = learn(RankParts(made, range(len(made.sizes)), 0.0), "auto", "standard", RANKS)
    own = RankParts(made, held, 0.0)
    return load_rows(own, learnt, "float32", True, balanced, RANKS), learnt


def test_a_rank_has_its_own_rows_scaled(tmp_path):
    X, y = rows()
    made = source("parquet", tmp_path)
    found, learnt = loaded(made, range(1, 3))
    start, stop = made.sizes[0], sum(made.sizes[:3])
    assert np.array_equal(found.X, learnt.scaling.apply(X[start:stop], "f4"))
    assert found.Y.ravel().tolist() == y[start:stop].tolist()
    assert found.cut.sizes == made.sizes
    assert found.cut.held == range(1, 3)
    assert found.weights.size == 0


def test_processes_share_them_where_they_are(tmp_path):
    found, _ = loaded(source("npy", tmp_path), range(2))
    segment, form = room_for(found)
    assert segment is found.home[0]
    form.rows(segment).dense[0, 0] = 7
    assert found.dense[0, 0] == 7
    segment.close()
    copy, _ = room_for(found)
    assert copy is not segment
    copy.close()


def test_weights_of_rows_and_classes_are_multiplied(tmp_path):
    X, y = rows()
    own = np.arange(len(y)) % 4
    path = write_parquet(tmp_path / "a.parquet", X, y, w=own)
    found, _ = loaded(open_parts(path, "y", "w", 2), range(2), balanced=True)
    balance = len(y) / (3 * np.bincount(y))
    assert np.allclose(found.weights, balance[y] * own, rtol=1e-6)


@pytest.mark.parametrize("bad", [-1.0, np.nan])
def test_a_weight_that_cannot_be_is_refused(bad):
    with pytest.raises(DataError, match="weight"):
        check_weights(np.array([1.0, bad]))


def test_rows_that_do_not_fit_are_refused_with_the_numbers_and_a_way_out(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_memory, "usable_memory", lambda: 1000)
    monkeypatch.setattr(shared_memory, "LITTLE", 10)
    said = "do not fit: .* 0 MB are free; .* or read them from disk, data.rows_from=disk"
    with pytest.raises(shared_memory.OutOfMemory, match=said):
        loaded(source("npy", tmp_path), range(4))


def test_a_rank_without_a_worker_has_no_rows(tmp_path):
    found, _ = loaded(source("npy", tmp_path), range(0))
    assert (len(found), found.cut.n_rows) == (0, 103)
