from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from sklearn.base import clone

from fastavg import (
    BacktrackingSGD,
    ConjugateGradient,
    Execution,
    MLPClassifier,
    MLPRegressor,
    Network,
    Plan,
    Regularization,
    train,
)
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.estimators.translation import network_of, plan_of
from fastavg.plan.beginning import Beginning
from fastavg.plan.gain_check import GainCheck
from fastavg.plan.profiles import paper
from fastavg.training.algorithms.easgd import EASGD

X, y = (part[::25] for part in load_digits5k())


def test_the_preset_is_the_papers_plan_and_network():
    model = MLPClassifier(preset="paper", workers=2, max_iter=10, random_state=5).fit(X, y)
    made = paper(workers=2, epochs=10, seed=5)
    expected = train(made.network(400, 10), X, y, made.plan, execution=Execution(1))
    assert model.model_.network == made.network(400, 10)
    np.testing.assert_array_equal(model.weights_, expected.weights)
    assert model.weights_.dtype == np.float64


def test_what_is_given_beside_the_preset_counts():
    model = MLPClassifier(
        (7, 5), preset="paper", workers=3, alpha=0.5, average_every=2, activation="tanh"
    )
    network, plan = network_of(clone(model), 400, 10, "class"), plan_of(clone(model), 99, 0, "")
    assert network.layer_sizes == (400, 7, 5, 10)
    assert network.activation == "tanh"
    made = paper(workers=3, regularization=Regularization(0.5), average_every=2).plan
    assert replace(plan, loss=None, stopping=made.stopping) == made


def test_a_preset_trains_as_long_as_it_says():
    # The loss stands still in the flat part of this start; training must go on.
    model = MLPClassifier(preset="paper", max_iter=60, random_state=0, n_iter_no_change=1).fit(X, y)
    assert model.n_iter_ == 60


def test_a_regressor_keeps_its_output():
    model = MLPRegressor(preset="paper", max_iter=5, sampling="resample", random_state=0)
    model.fit(X[:, 150:160], X[:, 200])
    assert model.model_.network.output == "identity"


def test_an_unknown_preset():
    with pytest.raises(ConfigError, match="preset 'best' is unknown"):
        MLPClassifier(preset="best").fit(X, y)


@pytest.mark.parametrize(("parameters", "solver"), [
    ({"solver": "cg", "max_iter": 40, "average_every": 5}, ConjugateGradient()),
    ({"solver": "sgd", "learning_rate": "line-search", "max_iter": 40}, BacktrackingSGD()),
])
def test_solvers_without_a_learning_rate(parameters, solver):
    model = MLPClassifier((12,), random_state=0, workers=2, **parameters)
    assert plan_of(model, 200, 0, "float32").solver == solver
    assert model.fit(X, y).score(X, y) > 0.9


def test_a_stratified_plan_needs_classes():
    plan = Plan(sampling="stratified", epochs=1)
    with pytest.raises(ConfigError, match="each row has 2 targets"):
        train(Network((400, 2), output="identity"), X, X[:, :2], plan, execution=Execution(1))


@pytest.mark.parametrize("given", [
    "easgd", EASGD(), {"name": "easgd"}, {"name": "auto", "alpha": 0.45},
])
def test_an_algorithm_by_its_name_its_options_or_itself(given):
    model = MLPClassifier(algorithm=given, solver="sgd")
    assert clone(model).algorithm == given
    assert plan_of(model, 200, 0, "float32").algorithm == EASGD()


def test_first_rounds_and_gains_of_averages_are_those_that_are_asked_for():
    model = MLPClassifier(
        (5,), workers=4, gain_rows=20, bad_average="redo", unaveraged_rounds=2, first_workers=1,
        workers_ramp=3.0, max_iter=4, random_state=0, tol=0.0,
    )
    plan = plan_of(clone(model), 10_000, 0, "float32")
    assert plan.gain == GainCheck(20, "redo")
    assert plan.beginning == Beginning(2, 1, 3.0)
    # What these were not measured with is left to whoever asks for them.
    assert plan.average_every == 1
    with pytest.raises(ConfigError, match=r"gain\.bad is 'redo' and gain\.rows is 0"):
        MLPClassifier(workers=4, bad_average="redo").fit(X, y)


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
@pytest.mark.parametrize("more", [{"unaveraged_rounds": 2}, {"first_workers": 1}])
def test_first_rounds_change_the_fit_and_calls_of_partial_fit_are_one_run(more):
    def made(**more):
        return MLPClassifier(
            (5,), workers=4, batch_size=16, average_every=0.25, max_iter=3, random_state=0, **more
        )

    whole = made(**more).fit(X, y).weights_
    assert not np.array_equal(whole, made().fit(X, y).weights_)
    steps = made(**more)
    for _ in range(3):
        steps.partial_fit(X, y, classes=np.unique(y))
    np.testing.assert_array_equal(steps.weights_, whole)
