"""Activations with trained factors: their forms, where factors stand, and what refuses them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastavg import Model, Plan, integrated_gradients, train
from fastavg.errors import ConfigError
from fastavg.kernels.network import factor_products
from fastavg.networks.activation_table import ACTIVATIONS
from fastavg.networks.network import Network
from fastavg.networks.parametric_activations import (
    RATE,
    base_of,
    is_known,
    is_parametric,
    with_factors,
)
from fastavg.solvers import Adam
from fastavg.solvers.weight_blocks import WeightBlocks
from tests import oracles

NETWORK = Network((4, 6, 5, 3), ("parametric_mish", "tanh"))


def test_names():
    assert is_parametric("parametric_relu")
    assert base_of("parametric_relu") == "relu"
    assert is_known("parametric_relu")
    assert not is_known("parametric_parametric_relu")
    assert not is_known("parametric_swish")
    assert not is_known(None)
    with pytest.raises(ConfigError, match="or one of them with parametric_ before it"):
        Network((2, 2, 2), "parametric_swish")


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_values_and_derivatives(name):
    stored, z = np.array([0.0, 3.0, -10.0, -25.0]), np.linspace(-6, 6, 404).reshape(-1, 4)
    made, a = with_factors(f"parametric_{name}", stored), 1 + 0.1 * stored
    wanted = oracles.activate(f"parametric_{name}", z, a)
    np.testing.assert_allclose(made.value(z), wanted, rtol=1e-13, atol=1e-13)
    difference = (made.value(z + 1e-6) - made.value(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(made.derivative(z), difference, atol=1e-8)
    # A factor of 1 leaves no trace, and one of 0 the identity.
    assert np.array_equal(made.value(z)[:, 0], ACTIVATIONS[name].value(z)[:, 0])
    np.testing.assert_allclose(made.value(z)[:, 2], z[:, 2], rtol=1e-13, atol=1e-13)


def test_a_layers_factors_stand_behind_its_biases_and_begin_with_zeros():
    assert NETWORK.n_weights == 4 * 6 + 6 + 6 + 6 * 5 + 5 + 5 * 3 + 3
    vector = np.arange(NETWORK.n_weights, dtype=float)
    (_, b, factors), (W, *_, none), _ = NETWORK.parts(vector)
    assert factors.tolist() == list(range(30, 36))
    assert b[-1] + 1 == factors[0]
    assert W[0, 0] == factors[-1] + 1
    assert none.size == 0
    plain = Network((4, 6, 5, 3), ("mish", "tanh"))
    for init in ("he", "glorot-biases", "uniform(1, 2)"):
        given, own = (each.initial_weights(3, init) for each in (plain, NETWORK))
        assert not NETWORK.parts(own)[0][2].any()
        for one, other in zip(plain.views(given), NETWORK.views(own), strict=True):
            assert all(map(np.array_equal, one, other))


def test_the_kernels_train_factors_with_the_same_part_of_the_rate():
    assert factor_products.RATE == RATE


def test_a_model_predicts_alike_for_few_rows_and_many_and_is_attributed():
    random = np.random.default_rng(0)
    weights = NETWORK.initial_weights(0, "he", "float64")
    weights += 0.3 * random.normal(size=weights.shape)
    model, X = Model(NETWORK, weights, np.arange(3)), random.normal(size=(300, 4))
    wanted = oracles.predict(NETWORK, weights, X)
    np.testing.assert_allclose(model.predict_proba(X), wanted, rtol=1e-12)
    np.testing.assert_allclose(model.predict_proba(X[:5]), wanted[:5], rtol=1e-12)
    found = integrated_gradients(model, X[:3], target=1)
    change = (oracles.forward(NETWORK, weights, rows)[0][-1][:, 1] for rows in (X[:3], 0 * X[:1]))
    np.testing.assert_allclose(found.sum(axis=1), np.subtract(*change), atol=1e-9)


def test_sparse_rows_have_the_same_factors_as_dense_ones():
    random = np.random.default_rng(0)
    X = np.where(random.random((60, 400)) < 0.05, random.normal(size=(60, 400)), 0.0)
    network, y = Network((400, 6, 3), "parametric_relu"), np.arange(60) % 3
    plan = Plan(epochs=3, batch_size=20, dtype="float64")
    sparse, dense = (train(network, given, y, plan) for given in (csr_array(X), X))
    np.testing.assert_allclose(sparse.weights, dense.weights, rtol=0, atol=1e-12)
    assert network.parts(dense.weights)[0][2].any()
    np.testing.assert_allclose(
        sparse.predict_proba(csr_array(X)), dense.predict_proba(X), rtol=0, atol=1e-12
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", ["relu", "selu"])
def test_factors_without_a_rate_leave_the_plain_activation(name, dtype):
    random = np.random.default_rng(0)
    X, y = random.normal(size=(90, 4)), np.arange(90) % 3
    plan = Plan(
        workers=2, epochs=3, batch_size=16, dtype=dtype,
        solver=Adam(0.01, rates=WeightBlocks(factors=0)),
    )
    plain, made = (
        train(Network((4, 9, 3), f"{before}{name}"), X, y, plan) for before in ("", "parametric_")
    )
    assert not made.network.parts(made.weights)[0][2].any()
    for one, other in zip(
        plain.network.views(plain.weights), made.network.views(made.weights), strict=True
    ):
        for part, same in zip(one, other, strict=True):
            close = 1e-5 if dtype == "float32" else 1e-13
            np.testing.assert_allclose(part, same, rtol=0, atol=close)


@pytest.mark.parametrize(("changes", "what"), [
    ({"solver": "cg", "batch_size": 0}, "solver is ConjugateGradient"),
    ({"algorithm": "split-layers"}, "algorithm is SplitLayers"),
    ({"products": "bfloat16"}, "products is bfloat16"),
    ({"averaging": "muloco", "workers": 2}, "averaging is muloco"),
])
def test_what_knows_no_factors_says_so(changes, what):
    X, y = np.zeros((8, 4)), np.arange(8) % 3
    with pytest.raises(ConfigError, match=f"{what}.*trained factors|{what}.*parametric_mish"):
        train(NETWORK, X, y, Plan(epochs=1, **changes))
