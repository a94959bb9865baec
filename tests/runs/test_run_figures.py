"""Figures of test rows against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from fastavg.runs.run_figures import Answers, answers_of, figures_of
from tests.cli.terminal.events import MODEL, NUMBERS

RANDOM = np.random.default_rng(0)


def test_two_classes():
    y = np.array(["a", "b"] * 10)
    chances = RANDOM.dirichlet([1, 1], 20)
    classes = np.array(["a", "b"])
    made = Answers(y, classes[chances.argmax(axis=1)], chances, classes)
    found = figures_of(made, np.array(["b", "b", "a"]))
    assert found == pytest.approx({
        "accuracy": metrics.accuracy_score(y, made.predicted), "baseline_accuracy": 0.5,
        "log_loss": metrics.log_loss(y, chances),
        "auc": metrics.roc_auc_score(y == "b", chances[:, 1]),
    })


def test_a_class_that_training_has_not_seen():
    made = Answers(np.array([0, 7]), np.array([0, 1]), np.eye(2), np.arange(2))
    assert figures_of(made, np.array([0, 1, 1])) == {"accuracy": 0.5, "baseline_accuracy": 0.0}


@pytest.mark.parametrize("shape", [(20,), (20, 2)])
def test_numbers(shape):
    y, predicted = RANDOM.normal(size=shape), RANDOM.normal(size=shape)
    found = figures_of(Answers(y, predicted), y)
    assert found["r2"] == pytest.approx(metrics.r2_score(y, predicted))
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(y, predicted))
    usual = np.broadcast_to(y.mean(axis=0), shape)
    assert found["baseline_rmse"] == pytest.approx(metrics.root_mean_squared_error(y, usual))


def test_labels_that_are_right_all_at_once():
    y = np.array([[0, 1], [1, 1]])
    assert figures_of(Answers(y, np.array([[0, 1], [1, 0]])), y) == {"accuracy": 0.5}


def test_no_rows_no_figures():
    assert figures_of(Answers(np.zeros(0), np.zeros(0)), np.ones(3)) == {}


def test_answers_of_models():
    X = RANDOM.normal(size=(6, 4))
    made = answers_of(MODEL, X, np.zeros(6))
    np.testing.assert_array_equal(made.predicted, MODEL.predict(X))
    np.testing.assert_array_equal(made.probabilities, MODEL.predict_proba(X))
    assert answers_of(NUMBERS, X, np.zeros(6)).probabilities is None
