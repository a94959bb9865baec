"""A slice's memory: all slices together hold the whole network, each its own neurons."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.solvers import Adam
from fastavg.training.algorithms.split_layers import SplitLayers
from fastavg.training.programs import Order
from fastavg.training.programs.slice_memory import (
    SliceMemory,
    codes_of,
    numbers_of,
    started_from,
)
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


def a_run(**changes):
    plan = small_plan(workers=1, solver=Adam(1e-2), algorithm=SplitLayers(3), **changes)
    return Run(NETWORK, plan, data_for(NETWORK, 40, plan.dtype), first_weights(NETWORK, plan))


def test_what_all_slices_load_they_store_again():
    run = a_run()
    given = np.random.default_rng(0).normal(size=(3, NETWORK.n_weights)).astype("f4")
    found = np.zeros_like(given)
    for member in range(3):
        own = SliceMemory(run, member, 3)
        own.load(given[0], given[1:])
        own.store(found)
    np.testing.assert_array_equal(found, given)
    own.load(given[0], None)
    assert not own.memory.state.any()


def test_a_round_starts_from_what_the_plan_keeps():
    center, kept = np.zeros((3, 4)), np.ones((3, 4))
    for state, expected in (("average", 0), ("keep", 1)):
        weights, found = started_from(a_run(solver_state=state).plan, center, kept)
        assert (weights == 0).all()
        assert (found == expected).all()
    assert started_from(a_run(solver_state="reset").plan, center, kept)[1] is None
    elastic = a_run(averaging="easgd").plan
    assert (started_from(elastic, center, kept)[0] != 0).all()


def test_numbers_are_those_of_the_orders_steps():
    run = a_run()
    hyper, rates = numbers_of(run, run.sampler(), Order("slice", 0, 0, 2, 6, rate_factor=0.5))
    assert rates.tolist() == [0.005] * 4
    assert hyper[STEP_AT] == 2
    assert codes_of(run)[0] != 0
