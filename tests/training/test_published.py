"""The vector that stands for a run, from its center and the rule's state."""

from __future__ import annotations

import numpy as np

from fastavg.averaging import SWA
from fastavg.plan.plan import Plan
from fastavg.solvers import ScheduleFreeSGD
from fastavg.training.published import published

CENTER = np.array([[1.0, 2.0], [0.3, -0.3]])
NOTHING = np.zeros((0, 2))


def test_the_weights_stand_for_most_runs():
    assert np.shares_memory(published(Plan(solver="sgd"), CENTER, NOTHING), CENTER)
    assert (published(Plan(solver="cg", batch_size=0), CENTER[:1], NOTHING) == CENTER[0]).all()


def test_a_rule_may_publish_its_own_average():
    state = np.array([[5.0, 6.0]])
    assert (published(Plan(averaging=SWA()), CENTER, state) == state[0]).all()


def test_a_schedule_free_solver_publishes_the_mean_of_its_iterates():
    found = published(Plan(solver=ScheduleFreeSGD(momentum=0.75)), CENTER, NOTHING)
    np.testing.assert_allclose(found, [0.9, 2.1], rtol=1e-15)
