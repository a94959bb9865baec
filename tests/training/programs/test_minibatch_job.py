"""The job of some steps says what the job of a whole round says."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from fastavg.solvers import Regularization
from fastavg.training.programs import Order
from fastavg.training.programs.minibatch_job import job_of, training_space
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


def test_steps_in_two_parts_are_the_steps_in_one():
    plan = small_plan(workers=2, regularization=Regularization(l2=0.1, dropout=0.2))
    rows = data_for(NETWORK, 100, plan.dtype)
    sampler = plan.sampler(len(rows))
    run, found = Run(NETWORK, plan, rows, first_weights(NETWORK, plan)), []
    for cuts in ((0, 6), (0, 2, 6)):
        space = training_space(run, sampler)
        space.theta[:] = np.linspace(-0.5, 0.5, len(space.theta))
        for first, stop in pairwise(cuts):
            order = Order("train", 0, 1, first, stop)
            batches = sampler.batches(1, 0, first, stop)
            plan.solver.train(job_of(run, sampler, space, batches, order, first))
        found.append(space.theta.tobytes())
    assert found[0] == found[1]
