"""Validation: the score and the loss of held-out rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, log_loss, mean_absolute_error

from fastavg.errors import ConfigError
from fastavg.losses import LOSSES
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.training.controllers.validation import HeldOut, Validation

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(50, 4))
CLASSES = np.array(["blue", "green", "red"])
LABELS = CLASSES[RANDOM.integers(0, 3, 50)]
NUMBERS = X @ [1.0, -2.0, 0.5, 0.0] + RANDOM.normal(size=50)


def classifier():
    network = Network((4, 5, 3))
    return Model(network, network.initial_weights(1, dtype="float64"), CLASSES)


def regressor():
    network = Network((4, 5, 1), output="identity")
    return Model(network, network.initial_weights(1, dtype="float64"))


def test_classes_are_scored_by_accuracy_and_log_loss():
    model = classifier()
    score, loss = Validation(model, HeldOut(X, LABELS))(model.weights)
    assert score == (model.predict(X) == LABELS).mean()
    assert loss == pytest.approx(log_loss(LABELS, model.predict_proba(X), labels=CLASSES))


def test_numbers_are_scored_by_r_squared():
    model = regressor()
    score, loss = Validation(model, HeldOut(X, NUMBERS))(model.weights)
    errors = model.predict(X) - NUMBERS
    assert score == pytest.approx(1 - (errors**2).mean() / NUMBERS.var())
    assert loss == pytest.approx(0.5 * (errors**2).mean())


def test_the_weights_given_count_and_not_the_models():
    model = classifier()
    other = model.network.initial_weights(2, dtype="float64")
    validation = Validation(model, HeldOut(X, LABELS))
    assert validation(other) == Validation(
        Model(model.network, other, CLASSES), HeldOut(X, LABELS)
    )(other)
    assert validation(other) != validation(model.weights)


def test_the_metric_loss_is_the_negative_loss():
    model = regressor()
    score, loss = Validation(model, HeldOut(X, NUMBERS), "loss")(model.weights)
    assert score == -loss < 0


def test_scikit_learns_scorers_go_by_name():
    model = classifier()
    score, _ = Validation(model, HeldOut(X, LABELS), "balanced_accuracy")(model.weights)
    assert score == balanced_accuracy_score(LABELS, model.predict(X))
    score, _ = Validation(model, HeldOut(X, LABELS), "neg_log_loss")(model.weights)
    assert score == pytest.approx(-log_loss(LABELS, model.predict_proba(X), labels=CLASSES))
    model = regressor()
    score, _ = Validation(model, HeldOut(X, NUMBERS), "neg_mean_absolute_error")(model.weights)
    assert score == -mean_absolute_error(NUMBERS, model.predict(X))


def test_another_loss_is_that_of_the_plan():
    model, huber = regressor(), LOSSES.make("huber")
    _, loss = Validation(model, HeldOut(X, NUMBERS), loss=huber)(model.weights)
    assert loss == pytest.approx(model.loss(X, NUMBERS, huber))
    assert loss != pytest.approx(model.loss(X, NUMBERS))


def test_weights_that_are_not_finite_have_no_score():
    model = classifier()
    weights = model.weights.copy()
    weights[3] = np.inf
    assert np.isnan(Validation(model, HeldOut(X, LABELS))(weights)).all()


def test_an_unknown_metric_is_refused_before_training():
    with pytest.raises(ConfigError, match="metric 'acurracy' is unknown; choose auto, loss"):
        Validation(classifier(), HeldOut(X, LABELS), "acurracy")
