"""A model of standardised numbers as a model of the numbers themselves."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Model, Network, to_onnx
from fastavg.data.preprocessing.target_scaling import fit_target_scaling
from fastavg.models.in_units import in_units, standardised
from tests.promises.test_conversions import run as run_onnx


@pytest.mark.parametrize("mean", [0.0, 1e3, 1e9, -1e12])
@pytest.mark.parametrize("outputs", [1, 2])
def test_units_are_part_of_the_model(mean, outputs):
    y = mean + np.arange(20.0)[:, None] * np.arange(1, outputs + 1)
    scaling = fit_target_scaling(y)
    network = Network((3, 5, outputs), output="identity")
    inner = Model(network, network.initial_weights(0))
    X = np.random.default_rng(0).normal(size=(9, 3))
    model = in_units(inner, scaling)
    expected = inner.decision(X).astype(float) * scaling.spread + scaling.mean
    found = model.predict(X).reshape(9, outputs)
    np.testing.assert_allclose(found - mean, expected - mean, atol=1e-3 * scaling.spread.max())
    (exported,) = run_onnx(to_onnx(model), X.astype(
        "f8" if to_onnx(model).graph.input[0].type.tensor_type.elem_type == 11 else "f4"
    ))
    np.testing.assert_allclose(exported - mean, expected - mean, atol=2e-3 * scaling.spread.max())


def test_a_model_without_scaling_stays_as_it_is():
    network = Network((2, 1), output="identity")
    model = Model(network, network.initial_weights(0))
    assert in_units(model, None) is model


@pytest.mark.parametrize(("y", "dtype"), [
    ([100.0, 300.0], np.float32), ([1e9, 1e9 + 1], np.float64), ([1e300, 2e300], np.float64),
])
def test_weights_are_doubles_where_single_precision_would_lose_digits(y, dtype):
    network = Network((2, 3, 1), output="identity")
    model = Model(network, network.initial_weights(0))
    in_y = in_units(model, fit_target_scaling(np.array(y)[:, None]))
    assert in_y.weights.dtype == dtype
    assert np.isfinite(in_y.weights).all()


def test_numbers_that_are_all_the_same_are_predicted_exactly():
    network = Network((2, 3, 1), output="identity")
    model = in_units(
        Model(network, network.initial_weights(0)), fit_target_scaling(np.full((9, 1), 1e9 + 0.5))
    )
    assert model.predict(np.ones((2, 2))).tolist() == [1e9 + 0.5] * 2


def test_numbers_go_back_to_where_they_were_trained():
    network = Network((2, 3, 2), output="identity")
    trained = Model(network, network.initial_weights(1, dtype=np.float64))
    scaling = fit_target_scaling(np.array([[100.0, -3.0], [300.0, 5.0], [250.0, 1.0]]))
    back = standardised(in_units(trained, scaling), scaling)
    np.testing.assert_allclose(back.weights, trained.weights, rtol=1e-12, atol=1e-15)
    assert standardised(trained, None) is trained
