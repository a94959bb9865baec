"""The stages of optimizers: one step each, against their formulas."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.called_optimizers import NADAM_SIZE, STAGES
from fastavg.kernels.network.optimizers import HYPER_SIZE, STEP_AT, update

W, G = np.array([1.0, -2.0, 0.5]), np.array([0.3, -0.1, 0.0])
RATE, DECAY = 0.1, 0.5
X = G + DECAY * W


def stepped(name, own, n_vectors, dtype="float64", step=1, state=None):
    """Weights and state after one step."""
    hyper = np.concatenate([np.zeros(HYPER_SIZE), own])
    hyper[STEP_AT] = step
    w = W.astype(dtype)
    state = np.zeros((n_vectors, W.size), dtype) if state is None else state
    address = STAGES[name].address(dtype)
    update(address, hyper, RATE, w.dtype.type(DECAY), w, state, 0, G.astype(dtype))
    return w, state


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_rmsprop(dtype):
    rho, epsilon = 0.9, 1e-3
    w, state = stepped("rmsprop", [rho, epsilon, 0.0], 1, dtype)
    second = (1 - rho) * X**2
    np.testing.assert_allclose(state[0], second, rtol=1e-5)
    np.testing.assert_allclose(w, W - RATE * X / (np.sqrt(second) + epsilon), rtol=1e-5)


def test_rmsprop_with_momentum():
    rho, epsilon, mu = 0.9, 1e-3, 0.7
    state = np.array([[0.1, 0.2, 0.3], [1.0, -1.0, 0.5]])
    w, state = stepped("rmsprop", [rho, epsilon, mu], 2, state=state)
    second = rho * np.array([0.1, 0.2, 0.3]) + (1 - rho) * X**2
    velocity = mu * np.array([1.0, -1.0, 0.5]) + X / (np.sqrt(second) + epsilon)
    np.testing.assert_allclose(state, [second, velocity], rtol=1e-12)
    np.testing.assert_allclose(w, W - RATE * velocity, rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_adagrad(dtype):
    epsilon, initial = 1e-3, 0.2
    w, state = stepped("adagrad", [epsilon, initial], 1, dtype)
    np.testing.assert_allclose(state[0], X**2, rtol=1e-5)
    np.testing.assert_allclose(
        w, W - RATE * X / (np.sqrt(X**2 + initial) + epsilon), rtol=1e-5
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_nadam(dtype):
    beta_1, beta_2, epsilon, pace = 0.9, 0.99, 1e-3, 0.004
    now = beta_1 * (1 - 0.5 * 0.96 ** (1 * pace))
    after = beta_1 * (1 - 0.5 * 0.96 ** (2 * pace))
    own = [beta_1, beta_2, epsilon, pace, 0.0, now]
    assert len(own) == NADAM_SIZE + 1
    w, state = stepped("nadam", own, 2, dtype)
    first, second = (1 - beta_1) * X, (1 - beta_2) * X**2
    np.testing.assert_allclose(state, [first, second], rtol=1e-5)
    direction = X * (1 - now) / (1 - now) + first * after / (1 - now * after)
    expected = W - RATE * direction / (np.sqrt(second / (1 - beta_2)) + epsilon)
    np.testing.assert_allclose(w, expected, rtol=1e-4)


@pytest.mark.parametrize(("name", "own", "n_vectors"), [
    ("rmsprop", [0.9, 1e-8, 0.0], 1), ("adagrad", [1e-8, 0.0], 1),
    ("nadam", [0.9, 0.99, 1e-8, 0.004, 0.0, 0.45], 2),
])
def test_nan_stays_visible_and_alone(name, own, n_vectors):
    hyper = np.concatenate([np.zeros(HYPER_SIZE), own])
    hyper[STEP_AT] = 1
    w, g = np.zeros(20), np.ones(20)
    g[7] = np.nan
    update(STAGES[name].address("float64"), hyper, 0.1, 0.0, w, np.zeros((n_vectors, 20)), 0, g)
    assert np.isnan(w).tolist() == [place == 7 for place in range(20)]
