"""The published mean of centers: its memory, its loss, its best epoch, its end."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from fastavg import Execution, Network, Plan, train
from fastavg.estimators.tabular.published_mean import PublishedMean
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.losses import CrossEntropy
from fastavg.solvers import SGD
from fastavg.training.observers.events import Observer

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3)).astype("f4")
Y = (X[:, :1] > 0).astype("f4")
NETWORK = Network((3, 2))


class Centers(Observer):
    """Keeps the centers."""

    def __init__(self):
        self.found = []

    def on_round(self, event):
        self.found.append(event.weights().astype("f8"))


def trained(recipe, epochs, rate=0.1):
    """The mean and the centers of a real run, with two rounds an epoch."""
    mean, centers = PublishedMean(recipe, NETWORK, X[:20], Y[:20]), Centers()
    train(
        NETWORK, X[20:], Y[20:, 0].astype(int),
        Plan(epochs=epochs, average_every=0.5, solver=SGD(rate), workers=2, loss=CrossEntropy()),
        execution=Execution(1, observers=(centers, mean)),
    )
    return mean, centers.found


def test_the_first_centers_count_alike_and_later_ones_by_the_half_life():
    recipe = Recipe(averages_per_epoch=2, half_life=0.5, max_epochs=6, patience=6)
    mean, centers = trained(recipe, 6)
    wanted, means = centers[0], []
    for number, center in enumerate(centers[1:], 2):
        # A half-life of half an epoch is one round.
        decay = min(0.5, number / (number + 9))
        wanted = decay * wanted + (1 - decay) * center
        means.append(wanted)
    assert len(mean.losses) == 6
    at = int(2 * mean.best_epoch) - 2
    np.testing.assert_allclose(mean.best, means[at], rtol=1e-4, atol=1e-6)


def test_the_best_epoch_has_the_least_loss():
    mean, _ = trained(Recipe(averages_per_epoch=2, patience=9), 5)
    assert mean.best_loss == min(mean.losses) == mean.losses[int(mean.best_epoch) - 1]
    assert mean.loss(mean.best) == mean.best_loss


def test_training_ends_when_nothing_gets_better():
    recipe = Recipe(averages_per_epoch=2, half_life=0.01, patience=2)
    # At such a rate weights jump about from the first step on.
    mean, centers = trained(recipe, 200, rate=100.0)
    assert len(mean.losses) < 200
    assert len(mean.losses) == mean.best_epoch + 2
    assert len(centers) == 2 * len(mean.losses)


def test_losses_are_those_of_scikit_learn():
    weights = NETWORK.initial_weights(1, "he", "float32")
    counts = RANDOM.random(80)
    z = X.astype("f8") @ weights[:6].reshape(3, 2) + weights[6:]
    e = np.exp(z)
    found = PublishedMean(Recipe(), NETWORK, X, Y, counts).loss(weights)
    wanted = log_loss(Y[:, 0], e / e.sum(axis=1, keepdims=True), sample_weight=counts)
    assert found == pytest.approx(wanted, rel=1e-5)
    numbers = Network((3, 2), output="identity")
    truth = RANDOM.normal(size=(80, 2)).astype("f4")
    found = PublishedMean(Recipe(), numbers, X, truth).loss(weights)
    assert found == pytest.approx(mean_squared_error(truth, z), rel=1e-5)
