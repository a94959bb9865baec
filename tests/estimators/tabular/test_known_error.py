"""The squared error of known targets: values, derivatives, and what a network learns of them."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Network, Plan, TabularRegressor
from fastavg.data.rows import Rows
from fastavg.errors import DataError
from fastavg.estimators.tabular.known_error import KnownSquaredError
from fastavg.losses import SquaredError
from fastavg.networks.elementary import NUMPY
from fastavg.plan.execution import Execution
from fastavg.solvers import Regularization
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.models.tables import answers, table

Z = np.array([[3.0, 5.0], [1.0, -1.0]])
T = np.array([[1.0, np.nan], [np.nan, np.nan]])


def test_only_what_is_known_counts():
    assert KnownSquaredError().rows(Z, T, "identity").tolist() == [2, 0]
    _, derivative, _ = KnownSquaredError.formula(NUMPY)
    assert derivative(Z, T, 0.0).tolist() == [[2, 0], [0, 0]]
    np.testing.assert_array_equal(
        KnownSquaredError().rows(Z, Z + 1, "identity"), SquaredError().rows(Z, Z + 1, "identity")
    )


def weights_after(Y, loss, dtype):
    X = np.random.default_rng(0).normal(size=(64, 3)).astype(dtype)
    network = Network((3, 4, 2), "tanh", "identity")
    plan = Plan(
        epochs=3, batch_size=16, loss=loss, dtype=dtype, regularization=Regularization(l2=0)
    )
    rows = Rows(X, Y.astype(dtype), np.zeros(0, dtype))
    start = network.initial_weights(0, "glorot", dtype)
    return network, train_run(Run(network, plan, rows, start), Execution(1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_training_learns_nothing_from_unknown_targets(dtype):
    Y = np.random.default_rng(1).normal(size=(64, 2))
    _, plain = weights_after(Y, SquaredError(), dtype)
    _, known = weights_after(Y, KnownSquaredError(), dtype)
    np.testing.assert_allclose(known, plain, rtol=1e-4 if dtype == "float32" else 1e-9)
    Y[:, 1] = np.nan
    network, half = weights_after(Y, KnownSquaredError(), dtype)
    assert np.isfinite(half).all()
    before = network.views(network.initial_weights(0, "glorot", dtype))[-1]
    after = network.views(half)[-1]
    # Nothing moves the weights of an output that nobody knows.
    np.testing.assert_array_equal(after[0][:, 1], before[0][:, 1])
    assert not np.allclose(after[0][:, 0], before[0][:, 0], rtol=1e-2)


def test_rows_teach_the_outputs_that_they_know():
    X = table(300)
    y = np.stack([answers(X), -answers(X)], axis=1)
    holes = y.copy()
    holes[::2, 0] = holes[1::3, 1] = np.nan
    model = TabularRegressor("fast").fit(X, holes)
    predicted = model.predict(X)
    for output in range(2):
        rest = np.mean((predicted[:, output] - y[:, output]) ** 2)
        assert rest < 0.3 * np.var(y[:, output])
    low, high = model.predict_interval(X, 0.8)
    assert np.mean((low <= y) & (y <= high)) > 0.6
    with pytest.raises(DataError, match="y, output 1 is NaN in every row"):
        TabularRegressor("fast").fit(X, np.where([True, False], y, np.nan))
    with pytest.raises(ValueError, match="NaN"):
        TabularRegressor("fast").fit(X, holes[:, 0])
