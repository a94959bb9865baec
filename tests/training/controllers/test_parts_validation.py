"""Validation in parts: scikit-learn's figures, and the same bits on any number of ranks."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss, mean_squared_error, r2_score

from fastavg import ConfigError, Model, Network
from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.rows import Rows
from fastavg.training.controllers.parts_validation import PartsValidation
from tests.communicators.ranks import on_ranks

N, PARTS = 90, 5
GENERATOR = np.random.default_rng(0)
X, WEIGHTS = GENERATOR.normal(size=(N, 4)), GENERATOR.uniform(0.5, 2, N)
CLASSES = GENERATOR.integers(0, 3, N)
NUMBERS = X[:, :2] + GENERATOR.normal(size=(N, 2))
KINDS = {
    "classes": (Network((4, 5, 3)), CLASSES[:, None].astype(float), np.arange(3)),
    "binary": (Network((4, 5, 1), output="logistic"), (CLASSES > 0)[:, None] * 1.0, np.arange(2)),
    "labels": (Network((4, 5, 2), output="logistic"), np.stack([CLASSES > 0, CLASSES > 1], 1) * 1.0,
               None),
    "numbers": (Network((4, 5, 2), output="identity"), NUMBERS, None),
}


def figures(kind, size, weighted=True, metric="auto"):
    network, Y, classes = KINDS[kind]
    model = Model(network, network.initial_weights(1), classes)
    cuts = np.array_split(np.arange(N), PARTS)

    def rank(ranks):
        held = {
            part: Rows(X[cuts[part]], Y[cuts[part]], WEIGHTS[cuts[part]] if weighted else
                       np.zeros(0))
            for part in workers_of(ranks.rank, ranks.size, PARTS)
        }
        return PartsValidation(model, held, ranks, metric)(model.weights)

    return model, Y, on_ranks(size, rank)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_figures_on_any_number_of_ranks(kind):
    _, _, expected = figures(kind, 1)
    for size in (2, 3, 7):
        assert figures(kind, size)[2] == expected * size


@pytest.mark.parametrize("kind", KINDS)
def test_figures_are_those_of_scikit_learn(kind):
    model, Y, [(score, loss)] = figures(kind, 1)
    said = model.predict(X)
    if kind == "numbers":
        assert score == pytest.approx(r2_score(Y, said, sample_weight=WEIGHTS), abs=1e-6)
        assert loss == pytest.approx(mean_squared_error(Y, said), rel=1e-6)
        return
    y = Y if kind == "labels" else Y[:, 0]
    assert score == pytest.approx(accuracy_score(y, said, sample_weight=WEIGHTS), abs=1e-12)
    if kind != "labels":
        assert loss == pytest.approx(log_loss(y, model.predict_proba(X)), rel=1e-5)
    (unweighted, _) = figures(kind, 2, weighted=False)[2][0]
    assert unweighted == pytest.approx(accuracy_score(y, said), abs=1e-12)


def test_the_loss_as_a_score_and_what_is_not_finite():
    _, _, [(score, loss)] = figures("classes", 1, metric="loss")
    assert score == -loss < 0
    network, Y, classes = KINDS["classes"]
    model = Model(network, network.initial_weights(1), classes)
    validate = PartsValidation(model, {0: Rows(X, Y, np.zeros(0))}, LocalCommunicator())
    assert all(map(math.isnan, validate(np.full_like(model.weights, np.nan))))


def test_a_scorer_that_needs_all_rows_is_refused():
    with pytest.raises(ConfigError, match="metric is 'f1_macro', which needs all held-out rows"):
        figures("classes", 1, metric="f1_macro")
