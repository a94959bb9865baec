"""Model averaging: the weighted mean of what workers found is the next center."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.averaging import SlowMo
from fastavg.communicators import LocalCommunicator
from fastavg.errors import Diverged
from fastavg.plan.execution import Execution
from fastavg.solvers import SGD
from fastavg.training.algorithms.local_sgd import LocalSGD, average
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from fastavg.training.session import open_session
from tests.training.runs import NETWORK, data_for, first_weights, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def session_of(plan):
    rows, start = data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan)
    return open_session(Run(NETWORK, plan, rows, start), Execution(1, LocalCommunicator()))


@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_the_next_center_is_the_mean_of_the_slots_by_their_rows(state):
    plan = small_plan(workers=3, dtype="float64", solver=SGD(0.1), solver_state=state)
    with session_of(plan) as session:
        reports = session.train("train", next(session.to_come()))
        reports = [report._replace(weight=w) for report, w in zip(reports, (1, 2, 5), strict=True)]
        slots = np.array([session.buffers.slot(0, worker) for worker in range(3)])
        average(session, 0, reports)
        found = session.buffers.center(1)
        mean = np.average(slots, axis=0, weights=[1, 2, 5])
    averaged = {"average": 2, "reset": 1, "keep": 1}[state]
    np.testing.assert_allclose(found[:averaged], mean[:averaged], rtol=1e-12, atol=1e-14)


def test_a_round_in_which_nobody_moved_leaves_the_center():
    with session_of(small_plan(workers=3)) as session:
        reports = session.train("train", next(session.to_come()))
        average(session, 0, [report._replace(weight=0.0) for report in reports])
        assert (session.buffers.center(1) == session.buffers.center(0)).all()


def overflow(session):
    session.buffers.center(0)[0] = 1e6
    reports = session.train("train", next(session.to_come()))
    session.buffers.slot(0, 0)[0] = -1e6
    average(session, 0, reports)


def test_a_rule_that_overflows_is_found():
    opened = session_of(small_plan(workers=3, averaging=SlowMo(rate=1e38)))
    with pytest.raises(Diverged, match="weights of the average"), opened as session:
        overflow(session)


def test_every_plan_will_do():
    assert LocalSGD().check(replace(small_plan(), solver="sgd")) is None


def test_what_comes_back_is_a_copy_and_the_start_is_untouched():
    plan = small_plan()
    start = first_weights(NETWORK, plan)
    before = start.copy()
    weights = run(plan)
    assert (start == before).all()
    assert weights.flags.owndata
    assert weights.flags.writeable
    assert weights.dtype == np.float32


def test_training_learns():
    history = History()
    run(small_plan(epochs=30, solver=SGD(0.05)), observers=[history])
    assert history.losses[-1] < 0.9 * history.losses[0]


