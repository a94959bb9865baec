"""``update``: one step on a slice of the weights."""

import numpy as np
import pytest

from fastavg.kernels.network.optimizers import NO_UPDATE, update
from tests import oracles
from tests.kernels.calls import UPDATES, hyper
from tests.problems import close

OPTIMIZERS = {
    "sgd": oracles.SGD, "momentum": oracles.Momentum,
    "nesterov": oracles.Nesterov, "adam": oracles.Adam,
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 3, 16, 33])
@pytest.mark.parametrize("name", list(UPDATES))
def test_update_takes_the_oracle_s_steps_on_its_slice_only(name, size, dtype):
    code, n_vectors = UPDATES[name]
    random = np.random.default_rng(size)
    w = random.normal(0, 1, size).astype(dtype)
    state = np.full((n_vectors, size + 9), 5, dtype)
    state[:, 4 : 4 + size] = 0
    optimizer, expected = OPTIMIZERS[name](size), w.astype(float)
    for step in range(6):
        g = random.normal(0, 1, size).astype(dtype)
        before = g.copy()
        update(code, hyper(steps=step + 1), 0.05, w.dtype.type(0.25), w, state, 4, g)
        expected = optimizer.step(expected, before.astype(float) + 0.25 * expected, 0.05)
    assert close(w, expected, 2e-6 if dtype == "float32" else 1e-14)
    assert (state[:, :4] == 5).all()
    assert (state[:, 4 + size :] == 5).all()


def test_update_of_adam_decays_weights_apart_from_the_gradient():
    w, state = np.array([2.0, -4.0]), np.zeros((2, 2))
    optimizer, expected = oracles.Adam(2, weight_decay=0.3), w.copy()
    for step in range(4):
        g = np.array([1.0, 0.0]) * (step + 1)
        values = hyper(steps=step + 1, weight_decay=0.3)
        update(UPDATES["adam"][0], values, 0.1, 0.0, w, state, 0, g)
        expected = optimizer.step(expected, g, 0.1)
    assert close(w, expected, 1e-14)
    assert w[1] == pytest.approx(-4 * 0.97**4)


def test_update_with_no_update_moves_nothing():
    w, state = np.array([2.0, -4.0]), np.zeros((2, 2))
    update(NO_UPDATE, hyper(), 0.1, 0.5, w, state, 0, np.ones(2))
    assert w.tolist() == [2, -4]
    assert not state.any()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("name", list(UPDATES))
def test_update_keeps_nan_visible(name, bad):
    code, n_vectors = UPDATES[name]
    w = np.zeros(20, np.float32)
    g = np.ones(20, np.float32)
    g[7] = bad
    update(code, hyper(steps=1), 0.1, np.float32(0), w, np.zeros((n_vectors, 20), np.float32), 0, g)
    assert not np.isfinite(w[7])
    assert np.isfinite(np.delete(w, 7)).all()
