"""Integrated gradients: the parts add up, and are derivatives where the network is linear."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.inspection import permutation_importance

from fastavg import ConfigError, DataError, MLPClassifier, Model, Network, integrated_gradients
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.models.attribution import _numpy_model, input_gradient
from fastavg.networks.activation_table import ACTIVATIONS

X = np.random.default_rng(0).normal(size=(11, 4))


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_is_that_of_finite_differences(activation):
    network = Network((4, 5, 3), activation, "identity")
    model = Model(network, network.initial_weights(1, "he", "float64"),
                  scaling=Scaling(np.ones(4), np.full(4, 2.0)))
    made, target = _numpy_model(model), np.full(len(X), 2)
    found, step = input_gradient(made, X, target), 1e-6
    for column in range(4):
        moved = np.zeros(4)
        moved[column] = step
        derivative = (made.decision(X + moved) - made.decision(X - moved))[:, 2] / (2 * step)
        np.testing.assert_allclose(found[:, column], derivative, atol=1e-6)


@pytest.mark.parametrize("activation", ["tanh", "gelu", "softplus"])
def test_the_parts_add_up(activation):
    network = Network((4, 5, 3), activation)
    model = Model(network, network.initial_weights(1, "he", "float64"), np.arange(3))
    parts = integrated_gradients(model, X, baseline=np.full(4, 0.3), target=1)
    z = model.decision(X)[:, 1] - model.decision(np.full((1, 4), 0.3))[:, 1]
    np.testing.assert_allclose(parts.sum(axis=1), z, rtol=1e-6, atol=1e-9)


def test_of_two_classes_the_predicted_one_is_explained():
    network = Network((4, 3, 1), "tanh", "logistic")
    model = Model(network, network.initial_weights(1, "he", "float64"), np.array(["no", "yes"]))
    parts = integrated_gradients(model, X)
    sign = np.where(model.predict(X) == "yes", 1, -1)
    z = (model.decision(X) - model.decision(np.zeros((1, 4))))[:, 0]
    np.testing.assert_allclose(parts.sum(axis=1), sign * z, atol=1e-9)


def test_a_fitted_estimator_and_what_does_not_fit():
    rows, classes = load_iris(return_X_y=True)
    model = MLPClassifier((8,), max_iter=60, random_state=0, learning_rate_init=0.01)
    model.fit(rows, classes)
    assert integrated_gradients(model, rows[:3]).shape == (3, 4)
    with pytest.raises(ConfigError, match="target is 3"):
        integrated_gradients(model, rows, target=3)
    with pytest.raises(DataError, match="baseline has shape"):
        integrated_gradients(model, rows, baseline=[0.0])
    importance = permutation_importance(model, rows, classes, n_repeats=3, random_state=0)
    assert importance.importances_mean[2:].max() > importance.importances_mean[:2].max()
