"""The best epoch: by the published weights' loss on held-out rows; and the end."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss, mean_squared_error

from fastavg import Execution, Network, Plan
from fastavg.averaging.moving import CenterEMA
from fastavg.data.rows import Rows
from fastavg.estimators.tabular.best_epoch import BestEpoch
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.losses import CrossEntropy
from fastavg.solvers import SGD
from fastavg.training.observers.events import Observer
from fastavg.training.run import Run
from fastavg.training.train import train_run

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(80, 3)).astype("f4")
Y = (X[:, :1] > 0).astype("f4")
NONE = np.zeros(0, "f4")
NETWORK = Network((3, 2))


class Published(Observer):
    """Keeps what every round publishes."""

    def __init__(self):
        self.found = []

    def on_round(self, event):
        self.found.append(event.weights().copy())


def trained(recipe, epochs, rate=0.1):
    """The best epoch and what was published in a real run, with two rounds an epoch."""
    best, published = BestEpoch(recipe, NETWORK, Rows(X[:20], Y[:20], NONE)), Published()
    plan = Plan(
        epochs=epochs, average_every=0.5, solver=SGD(rate), workers=2, loss=CrossEntropy(),
        averaging=CenterEMA(0.8),
    )
    start = NETWORK.initial_weights(0, "he", "float32")
    run = Run(NETWORK, plan, Rows(X[20:], Y[20:], NONE), start)
    train_run(run, Execution(1, observers=(published,)), (best,))
    return best, published.found


def test_the_best_epoch_has_the_least_loss():
    best, published = trained(Recipe(averages_per_epoch=2, patience=9), 5)
    assert len(best.losses) == 5
    assert best.best_loss == min(best.losses) == best.losses[int(best.best_epoch) - 1]
    assert best.loss(best.best) == best.best_loss
    np.testing.assert_array_equal(best.best, published[int(2 * best.best_epoch) - 1])


def test_training_ends_when_nothing_gets_better():
    # At such a rate weights jump about from the first step on.
    best, published = trained(Recipe(averages_per_epoch=2, patience=2), 200, rate=100.0)
    assert len(best.losses) < 200
    assert len(best.losses) == best.best_epoch + 2
    assert len(published) == 2 * len(best.losses)


def test_small_gains_do_not_keep_training_going_but_count():
    patient, _ = trained(Recipe(averages_per_epoch=2, patience=3), 60)
    strict, _ = trained(Recipe(averages_per_epoch=2, patience=3, tol=0.02), 60)
    assert len(strict.losses) < len(patient.losses)
    assert strict.losses == patient.losses[: len(strict.losses)]
    assert strict.best_loss == min(strict.losses)


def test_losses_are_those_of_scikit_learn():
    weights = NETWORK.initial_weights(1, "he", "float32")
    counts = RANDOM.random(80).astype("f4")
    z = X.astype("f8") @ weights[:6].reshape(3, 2) + weights[6:]
    e = np.exp(z)
    found = BestEpoch(Recipe(), NETWORK, Rows(X, Y, counts)).loss(weights)
    wanted = log_loss(Y[:, 0], e / e.sum(axis=1, keepdims=True), sample_weight=counts)
    assert found == pytest.approx(wanted, rel=1e-5)
    numbers = Network((3, 2), output="identity")
    truth = RANDOM.normal(size=(80, 2)).astype("f4")
    found = BestEpoch(Recipe(), numbers, Rows(X, truth, NONE)).loss(weights)
    assert found == pytest.approx(mean_squared_error(truth, z), rel=1e-5)


def test_numbers_that_are_not_known_do_not_count():
    weights = NETWORK.initial_weights(1, "he", "float32")
    numbers = Network((3, 2), output="identity")
    z = X.astype("f8") @ weights[:6].reshape(3, 2) + weights[6:]
    truth = RANDOM.normal(size=(80, 2)).astype("f4")
    truth[::3, 0] = np.nan
    found = BestEpoch(Recipe(), numbers, Rows(X, truth, NONE)).loss(weights)
    assert found == pytest.approx(np.nanmean((z - truth) ** 2), rel=1e-5)


def test_its_state_goes_on_elsewhere():
    first, _ = trained(Recipe(averages_per_epoch=2), 3)
    other = BestEpoch(Recipe(averages_per_epoch=2), NETWORK, Rows(X[:20], Y[:20], NONE))
    other.load_state_dict(first.state_dict())
    assert other.state_dict().keys() == first.state_dict().keys()
    np.testing.assert_array_equal(other.best, first.best)
    assert (other.losses, other.best_epoch) == (first.losses, first.best_epoch)
