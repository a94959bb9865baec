"""Predictions of a few rows: the numbers of whole blocks, from buffers that are kept."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from fastavg import DataError, Model, Network
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.models.few_rows import FEW_ROWS
from fastavg.models.model import BUFFERS
from tests.problems import TOLERANCE, weights_of

X = np.random.default_rng(0).normal(size=(FEW_ROWS + 1, 5))


def made(dtype="float64", activation="tanh", **more):
    network = Network((5, 37, 3), activation)
    return Model(network, weights_of(network, dtype=dtype), np.array(["a", "b", "c"]), **more)


@pytest.mark.parametrize("activation", ["relu", "logistic", "gelu", "lecun_tanh"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scaled", [False, True])
def test_few_rows_predict_what_a_block_predicts(dtype, activation, scaled):
    scaling = Scaling(np.arange(5.0), np.full(5, 0.5)) if scaled else None
    model = made(dtype, activation, scaling=scaling)
    block = model.predict_proba(X)
    for rows in (FEW_ROWS, 1, 7, 2):
        few = model.predict_proba(X[:rows])
        assert few.dtype == np.dtype(dtype)
        np.testing.assert_allclose(few, block[:rows], rtol=TOLERANCE[dtype], atol=1e-6)


def test_a_change_of_the_weights_is_seen_by_the_next_call():
    model = made()
    model.predict(X[:1])
    model.weights[:] = 0
    assert model.predict_proba(X[:1]).tolist() == [[1 / 3] * 3]


def test_weights_that_cannot_be_written_predict_too():
    model = made()
    fixed = model.weights.copy()
    fixed.flags.writeable = False
    same = replace(model, weights=fixed)
    for _ in range(2):
        np.testing.assert_array_equal(same.decision(X[:1]), model.decision(X[:1]))


def test_buffers_are_neither_pickled_nor_copied():
    model = made()
    model.predict(X[:1])
    assert BUFFERS in vars(model)
    assert BUFFERS not in vars(pickle.loads(pickle.dumps(model)))


def test_buffers_of_a_wide_network_are_not_kept():
    network = Network((300_000, 1), output="identity")
    model = Model(network, np.ones(network.n_weights, "f4"))
    assert model.predict(np.ones((1, 300_000)))[0] == pytest.approx(300_001)
    assert BUFFERS not in vars(model)


def test_threads_do_not_share_buffers():
    model = made()
    expected = model.decision(X[:FEW_ROWS])
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(
            lambda at: model.decision(X[at % FEW_ROWS : at % FEW_ROWS + 1])[0], range(4000)
        ))
    for at, row in enumerate(found):
        np.testing.assert_allclose(row, expected[at % FEW_ROWS], rtol=1e-12)


@pytest.mark.parametrize(("rows", "words"), [
    ([[1, 2, 3, 4]], "X has 4 columns; the network takes 5"),
    ([[1, 2, np.nan, 4, 5]], "X holds nan in row 0, column 2"),
    ([["a"] * 5], "X holds <U1 values"),
    ([[1e300] * 5], "beyond float32"),
])
def test_what_cannot_be_predicted_is_refused_as_ever(rows, words):
    with pytest.raises(DataError, match=words):
        made("float32").predict(rows)
