"""The activation table: every entry is whole, and its forms agree."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.activation_table import ACTIVATIONS, CALLED
from fastavg.networks.network import Network
from tests import oracles

Z = np.concatenate([np.linspace(-9, 9, 2001), [-800.0, 800.0]])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_numpy_form_is_the_oracle(name):
    entry = ACTIVATIONS[name]
    np.testing.assert_allclose(entry.value(Z), oracles.ACTIVATE[name](Z), rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(
        entry.derivative(Z), oracles.DERIVATIVE[name](Z), rtol=1e-12, atol=1e-13
    )


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_is_the_central_difference(name):
    z, step = np.linspace(-5, 5, 1000), 1e-6
    difference = (ACTIVATIONS[name].value(z + step) - ACTIVATIONS[name].value(z - step)) / 2e-6
    assert np.abs(difference - ACTIVATIONS[name].derivative(z)).max() < 1e-8


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_shape_stays_and_nan_is_visible(name):
    z = np.array([[1.0, np.nan], [-1.0, 0.5], [0.0, 2.0]])
    for computed in (ACTIVATIONS[name].value(z), ACTIVATIONS[name].derivative(z)):
        assert computed.shape == z.shape
        assert not np.isnan(computed[~np.isnan(z)]).any()
    assert np.isnan(ACTIVATIONS[name].value(z)[0, 1])


def test_every_entry_has_its_name_and_a_number_of_the_kernels():
    assert all(name == entry.name for name, entry in ACTIVATIONS.items())
    codes = [entry.code for entry in ACTIVATIONS.values() if entry.code != CALLED]
    assert sorted(codes) == list(range(CALLED))


def test_network_names_every_activation_in_its_documentation_and_its_message():
    assert all(f"``{name}``" in Network.__doc__ for name in ACTIVATIONS)
    with pytest.raises(ConfigError, match="'swish' is unknown; choose " + ", ".join(ACTIVATIONS)):
        Network((2, 2, 2), "swish")


def test_a_new_entry_trains_predicts_and_is_exported(monkeypatch):
    # What one entry in the table is enough for.
    from fastavg import Model, Plan, to_onnx, train
    from fastavg.models.attribution import integrated_gradients
    from fastavg.networks.activation_table import ActivationFunction

    def formula(f):
        number = f.number

        def value(z):
            return z * z * number(z, 0.5)

        def derivative(z):
            return z

        return value, derivative

    def onnx(to, z):
        return to.node("Mul", to.node("Mul", z, z), to.constant(np.array(0.5, np.float32)))

    entry = ActivationFunction("half_square", "z^2 / 2", formula, onnx)
    monkeypatch.setitem(ACTIVATIONS, "half_square", entry)
    X = np.random.default_rng(0).normal(size=(60, 3))
    y = (X**2).sum(axis=1)
    network = Network((3, 8, 1), "half_square", "identity")
    model = train(network, X, y, Plan(epochs=400, batch_size=8))
    assert isinstance(model, Model)
    assert model.score(X, y) > 0.9
    assert integrated_gradients(model, X).shape == X.shape
    assert any(node.op_type == "Mul" for node in to_onnx(model).graph.node)
