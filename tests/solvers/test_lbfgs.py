"""L-BFGS as a description: checked, without state, and refused outside its algorithm."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.plan import Plan
from fastavg.solvers import LBFGS
from tests.training.runs import run, small_plan


@pytest.mark.parametrize(("name", "value"), [("tol", -1), ("max_fun", 0), ("history", 0)])
def test_impossible_values_are_refused(name, value):
    with pytest.raises(ConfigError, match=f"{name} is {value}"):
        LBFGS(**{name: value})


def test_it_takes_whole_samples_and_keeps_no_vectors():
    assert (LBFGS().n_vectors, LBFGS().whole_sample) == (0, True)
    with pytest.raises(ConfigError, match="batch_size is 32; LBFGS takes a worker's whole sample"):
        Plan(solver="lbfgs", batch_size=32)


def test_no_worker_trains_alone_with_it():
    plan = small_plan(solver=LBFGS(), batch_size=0, average_every=1)
    with pytest.raises(ConfigError, match="it goes with algorithm='lbfgs'"):
        run(plan)
