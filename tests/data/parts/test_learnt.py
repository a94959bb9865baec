"""What ranks learn together equals what the whole says, to the bit on any number of ranks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators.collectives import workers_of
from fastavg.data.parts import rank_parts
from fastavg.data.parts.learnt import learn
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.preprocessing.scaling import fit_scaling
from fastavg.data.preprocessing.target_scaling import fit_target_scaling
from fastavg.errors import ConfigError, DataError
from tests.communicators.ranks import on_ranks
from tests.data.parts.sources import WORKERS, rows, source

SCALES = ("standard", "minmax", "maxabs", "overall", "auto", "none")


def learnt_on(size, made, kind="auto", scale="standard", test_size=0.0):
    def one(ranks):
        held = workers_of(ranks.rank, ranks.size, WORKERS)
        return learn(RankParts(made(), held, test_size), kind, scale, ranks)

    return on_ranks(size, one)


@pytest.mark.parametrize("scale", SCALES)
def test_scaling_is_that_of_the_whole(scale, tmp_path):
    X, y = rows()
    expected = fit_scaling(scale, X)
    found = learnt_on(1, lambda: source("array", tmp_path), scale=scale)[0]
    assert found.classes.tolist() == [0, 1, 2]
    assert found.members.tolist() == np.bincount(y).tolist()
    assert (found.scaling is None) == (expected is None)
    if expected is not None:
        assert np.allclose(found.scaling.shift, expected.shift, rtol=1e-12, atol=0)
        assert np.allclose(found.scaling.factor, expected.factor, rtol=1e-12, atol=0)


@pytest.mark.parametrize("test_size", [0.0, 0.25])
def test_the_same_bits_on_any_ranks_from_any_source_in_any_blocks(
    test_size, tmp_path, monkeypatch
):
    expected = learnt_on(1, lambda: source("array", tmp_path), test_size=test_size)[0]
    monkeypatch.setattr(rank_parts, "BLOCK_BYTES", 8 * 5 * 9)
    made = source("npy", tmp_path)
    for size in (1, 2, 3, 4, 5):
        for found in learnt_on(size, lambda: made, test_size=test_size):
            assert found.scaling.shift.tobytes() == expected.scaling.shift.tobytes()
            assert found.scaling.factor.tobytes() == expected.scaling.factor.tobytes()


def test_numbers_are_standardised_as_those_of_the_whole(tmp_path):
    X, _ = rows()
    y = np.column_stack([X[:, 0] * 3.5 - 2, X[:, 1]]).astype("f8")
    expected = fit_target_scaling(y)
    for size in (1, 3):
        for found in learnt_on(size, lambda: source("array", tmp_path, X=X, y=y)):
            assert (found.target, found.n_outputs, found.classes) == ("number", 2, None)
            for name in ("mean", "spread"):
                own, whole = (getattr(s, name) for s in (found.target_scaling, expected))
                assert np.allclose(own, whole, rtol=1e-12, atol=0)
            assert found.target_scaling.high.tolist() == expected.high.tolist()


def test_balanced_classes_weigh_the_same(tmp_path):
    found = learnt_on(1, lambda: source("array", tmp_path))[0]
    table = source("array", tmp_path, workers=1).read(0, 0, 103)
    weights = found.weights(table, balanced=True)
    sums = np.bincount(table.y, weights)
    assert np.allclose(sums, sums[0])
    assert found.weights(table, balanced=False) is None
    assert found.targets(table, True).ravel().tolist() == table.y.tolist()


def test_bad_rows_of_one_rank_end_all_with_its_words(tmp_path):
    X, y = rows()
    X[102, 4] = np.nan
    made = source("npy", tmp_path, X=X, y=y)

    def one(ranks):
        held = workers_of(ranks.rank, ranks.size, WORKERS)
        with pytest.raises(DataError, match=r"X.npy: X holds nan in row 102, column 4"):
            learn(RankParts(made, held, 0.0), "auto", "auto", ranks)

    on_ranks(3, one)
    with pytest.raises(ConfigError, match="scale 'log' is unknown; choose auto"):
        learnt_on(1, lambda: source("array", tmp_path), scale="log")
