"""Optimizers as settings: what they remember and what they refuse."""

import pickle

import pytest

from fastavg.errors import ConfigError
from fastavg.solvers import SGD, Adam, Schedule


@pytest.mark.parametrize(
    ("solver", "n_vectors"),
    [(SGD(momentum=0), 0), (SGD(), 1), (SGD(nesterov=True), 1), (Adam(), 2)],
)
def test_vectors_of_state(solver, n_vectors):
    assert solver.n_vectors == n_vectors


@pytest.mark.parametrize("solver", [SGD(0.3, Schedule("cosine"), 0.5, True), Adam(beta_1=0.5)])
def test_solvers_travel_to_other_processes(solver):
    assert pickle.loads(pickle.dumps(solver)) == solver


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf")])
@pytest.mark.parametrize("kind", [SGD, Adam])
def test_impossible_rates_are_refused(kind, rate):
    with pytest.raises(ConfigError, match=r"learning_rate is .*; it must be a positive number"):
        kind(learning_rate=rate)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (SGD, "momentum", 1), (SGD, "momentum", -0.1), (SGD, "momentum", float("nan")),
        (Adam, "beta_1", 1), (Adam, "beta_2", -0.1), (Adam, "beta_2", float("nan")),
        (Adam, "epsilon", 0), (Adam, "epsilon", float("nan")),
        (Adam, "weight_decay", -1), (Adam, "weight_decay", float("nan")),
    ],
)
def test_impossible_settings_are_refused(kind, name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}; it must be"):
        kind(**{name: value})


@pytest.mark.parametrize("solver", [SGD(), Adam()])
def test_short_kernel_calls_change_no_bit(solver, monkeypatch):
    from tests.training.runs import run, small_plan

    plan = small_plan(solver=solver, workers=2)
    whole = run(plan)
    monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
    assert (run(plan) == whole).all()
