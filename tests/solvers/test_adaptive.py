"""Optimizers that the kernels call: steps against the oracle, and what they refuse."""

import pickle
from typing import NamedTuple

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.kernels.network.optimizers import STEP_AT, update
from fastavg.solvers import Adagrad, AdamW, Nadam, RMSProp
from tests import oracles
from tests.problems import close
from tests.training.runs import run, small_plan


class Pair(NamedTuple):
    """An optimizer, and the oracle for so many weights."""

    solver: object
    oracle: object


PAIRS = [
    Pair(RMSProp(), lambda n: oracles.RMSProp(n)),
    Pair(RMSProp(rho=0.8, momentum=0.7), lambda n: oracles.RMSProp(n, 0.8, mu=0.7)),
    Pair(Adagrad(), lambda n: oracles.Adagrad(n)),
    Pair(Adagrad(initial=0.1, epsilon=1e-7), lambda n: oracles.Adagrad(n, 1e-7, 0.1)),
    Pair(Nadam(), lambda n: oracles.Nadam(n)),
    Pair(Nadam(beta_1=0.8, momentum_decay=0.5), lambda n: oracles.Nadam(n, 0.8, decay=0.5)),
]
SOLVERS = [pair.solver for pair in PAIRS]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [1, 3, 16, 33])
@pytest.mark.parametrize("pair", PAIRS)
def test_update_takes_the_oracle_s_steps_on_its_slice_only(pair, size, dtype):
    random = np.random.default_rng(size)
    w = random.normal(0, 1, size).astype(dtype)
    state = np.full((pair.solver.n_vectors, size + 9), 5, dtype)
    state[:, 4 : 4 + size] = 0
    optimizer, expected = pair.oracle(size), w.astype(float)
    for step in range(8):
        if step % 3 == 0:
            # A new call of the solver, which counts on from there.
            hyper = pair.solver._hyper(step, 3)
        hyper[STEP_AT] = step + 1
        g = random.normal(0, 1, size).astype(dtype)
        before = g.copy()
        update(
            pair.solver.code(dtype), hyper, 0.05, w.dtype.type(0.25), w, state, 4, g,
        )
        expected = optimizer.step(expected, before.astype(float) + 0.25 * expected, 0.05)
    assert close(w, expected, 4e-6 if dtype == "float32" else 1e-13)
    assert (state[:, :4] == 5).all()
    assert (state[:, 4 + size :] == 5).all()


@pytest.mark.parametrize("solver", SOLVERS)
def test_update_keeps_nan_visible(solver):
    w, g = np.zeros(20, np.float32), np.ones(20, np.float32)
    g[7] = np.nan
    state, hyper = np.zeros((solver.n_vectors, 20), np.float32), solver._hyper(0, 1)
    hyper[STEP_AT] = 1
    update(solver.code("float32"), hyper, 0.1, np.float32(0), w, state, 0, g)
    assert np.flatnonzero(np.isnan(w)).tolist() == [7]


@pytest.mark.parametrize("solver", [RMSProp(momentum=0.5), Adagrad(), Nadam(), AdamW()])
def test_short_calls_and_processes_change_no_bit(solver, monkeypatch):
    plan = small_plan(solver=solver, workers=2)
    whole = run(plan)
    assert (run(plan, processes=2) == whole).all()
    monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
    assert (run(plan) == whole).all()


@pytest.mark.parametrize("solver", [*SOLVERS, AdamW()])
def test_solvers_travel_to_other_processes(solver):
    assert pickle.loads(pickle.dumps(solver)) == solver


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (RMSProp, "rho", 1), (RMSProp, "momentum", -1), (RMSProp, "epsilon", 0),
        (Adagrad, "initial", -1), (Adagrad, "epsilon", 0), (Nadam, "beta_1", 1),
        (Nadam, "momentum_decay", -1), (AdamW, "weight_decay", -1),
    ],
)
def test_impossible_settings_are_refused(kind, name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}; it must be"):
        kind(**{name: value})
