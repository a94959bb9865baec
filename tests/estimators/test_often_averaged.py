"""Estimators' own defaults with several workers: averages every few steps, whole epochs."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.model_selection import train_test_split

from fastavg import MLPClassifier, MLPRegressor
from fastavg.datasets import load_digits5k
from fastavg.estimators.translation import plan_of

X, Y = load_digits5k()
FEW, LABELS = X[::10], Y[::10]


def below_one_worker(seed, **parameters):
    """Points of test accuracy that eight workers lose against one."""
    rows, held, y, expected = train_test_split(
        X, Y, test_size=0.4, random_state=seed, stratify=Y
    )
    one, eight = (
        MLPClassifier(
            (40,), solver="sgd", learning_rate_init=0.1, batch_size=64, max_iter=8,
            random_state=seed, **more,
        ).fit(rows, y).score(held, expected)
        for more in ({"workers": 1}, {"workers": 8, **parameters})
    )
    return 100 * (one - eight)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_eight_workers_lose_no_accuracy_by_default():
    assert np.mean([below_one_worker(seed) for seed in range(4)]) <= 0.3
    # An average an epoch is much too rare here.
    assert below_one_worker(0, average_every=1) > 2


@pytest.mark.parametrize(("given", "every"), [
    ({}, 1), ({"workers": 8}, 1 / 13), ({"workers": 8, "average_every": "auto"}, 1 / 13),
    ({"workers": 8, "average_every": 1}, 1),
    ({"workers": 8, "average_every": "4 steps"}, "4 steps"),
    ({"workers": 8, "shuffle": False}, 1 / 13), ({"workers": 8, "sampling": "resample"}, 1),
    ({"workers": 8, "averaging": "slowmo"}, 1), ({"workers": 8, "solver": "lbfgs"}, 1),
    ({"workers": 8, "solver": "cg"}, 1), ({"workers": 8, "solver": "nadam"}, 1 / 13),
    ({"workers": 8, "solver": "sgd", "learning_rate": "line-search"}, 1),
    ({"workers": 8, "preset": "paper"}, 5), ({"workers": 8, "preset": "deep-big-simple"}, 1),
])
def test_the_period_of_10_000_rows(given, every):
    model = MLPClassifier(**given)
    assert clone(model).get_params() == model.get_params()
    assert plan_of(model, 10_000, 0, "float32").average_every == every


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_an_epoch_is_what_is_counted_scored_and_told(early_stopping):
    told = []
    model = MLPRegressor(
        hidden_layer_sizes=(6,), workers=4, batch_size=16, max_iter=5, random_state=0,
        early_stopping=early_stopping, validation_fraction=0.2,
        callbacks=[lambda epoch: told.append((epoch.number, epoch.loss))],
    )
    model.fit(FEW, LABELS)
    # 400 or 500 rows, four of each worker in a step: 25 steps and 7 averages, or 32 and 8.
    rounds = 7 if early_stopping else 8
    assert len(model.history_) == 5 * rounds
    assert {record.steps for record in model.history_} <= {3, 4}
    assert model.history_[rounds - 1].epoch == pytest.approx(1)
    assert model.n_iter_ == len(model.loss_curve_) == 5
    assert told == list(enumerate(model.loss_curve_, 1))
    assert model.t_ == 5 * (400 if early_stopping else 500)
    if early_stopping:
        assert len(model.validation_scores_) == len(model.validation_loss_curve_) == 5


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_calls_of_partial_fit_are_one_fit_with_averages_within_their_epochs():
    def made(**more):
        return MLPClassifier((6,), workers=4, batch_size=16, random_state=0, **more)

    steps = made()
    for _ in range(3):
        steps.partial_fit(FEW, LABELS, classes=np.unique(Y))
    whole = made(max_iter=3).fit(FEW, LABELS)
    np.testing.assert_array_equal(steps.weights_, whole.weights_)
    np.testing.assert_allclose(steps.loss_curve_, whole.loss_curve_, rtol=1e-6)
    seldom = made(max_iter=3, average_every=1).fit(FEW, LABELS)
    assert not np.array_equal(whole.weights_, seldom.weights_)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_the_bits_are_the_same_for_any_processes(nothing_left):
    weights = [
        MLPClassifier(
            (30,), workers=5, batch_size=10, max_iter=4, random_state=0, processes=processes
        ).fit(FEW, LABELS).weights_
        for processes in (1, 2, 3)
    ]
    assert weights[0].tobytes() == weights[1].tobytes() == weights[2].tobytes()
