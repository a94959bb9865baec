"""Orders of free workers: what they leave, and what becomes of one that is begun again."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.solvers import SGD
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order
from fastavg.training.programs.free_running import FreeRunning
from fastavg.training.run import Run
from fastavg.training.shared_center import BEGUN, LOST, PUSHED, SharedCenter
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


@pytest.fixture
def opened():
    plan = small_plan(workers=2, solver=SGD(0.1), algorithm=Downpour(fetch=2, push=2))
    start = first_weights(NETWORK, plan)
    run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), start)
    buffers = CenterBuffers.create(
        "private", plan, NETWORK.n_weights, 2,
        beside=plan.algorithm.shared_bytes(NETWORK, plan, 2),
    )
    shared = SharedCenter(buffers.beside, NETWORK, plan, 2)
    shared.put(start, np.zeros((0, NETWORK.n_weights)))
    return FreeRunning(run, buffers, range(2)), shared


def test_an_order_moves_the_center_and_notes_how_far_it_is(opened):
    program, shared = opened
    before = shared.center.copy()
    report = program(Order("free", 0, 1, 0, 6))
    assert report.evaluations == 6
    assert report.weight == 24
    assert (shared.center != before).any()
    assert shared.version == 3
    assert shared.progress(1).tolist() == [6, 6, 0]


def test_an_order_that_is_begun_again_goes_on_behind_what_is_lost(opened):
    program, shared = opened
    shared.progress(1)[[BEGUN, PUSHED]] = 4, 2
    shared.figures[1, :3] = 3.0, 8.0, 2
    report = program(Order("free", 0, 1, 0, 6))
    assert shared.progress(1)[LOST] == 2
    assert (report.evaluations, report.weight) == (4, 16)


def test_an_order_ends_early_when_training_has_ended(opened):
    program, shared = opened
    shared.stopped = True
    assert program(Order("free", 0, 0, 0, 6)).evaluations == 0
