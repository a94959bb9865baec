"""An interval is a pure function of what the worker's slot holds."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.network.packing import repack
from fastavg.networks.workspace import dense_table, wide_table
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.center import CenterBuffers
from fastavg.training.interval_slots import IntervalSlots
from fastavg.training.programs import Order
from fastavg.training.programs.interval import Interval
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


def weights_of(wide):
    found = np.zeros(NETWORK.n_weights, wide.dtype)
    repack(wide_table(NETWORK), wide, dense_table(NETWORK), found)
    return found


def test_it_can_be_carried_out_twice():
    plan = small_plan(workers=2, algorithm=Downpour(asynchrony="simulated"))
    buffers = CenterBuffers.create(
        "private", plan, NETWORK.n_weights, 2,
        beside=plan.algorithm.shared_bytes(NETWORK, plan, 2),
    )
    run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
    slots = IntervalSlots(buffers.beside, NETWORK, plan, 2)
    given = slots.given(1)
    given[0] = np.linspace(-0.5, 0.5, given.shape[1])
    before, program = given.copy(), Interval(run, buffers, range(2))
    order = Order("interval", 0, 1, 0, 3)
    reports = [program(order)._replace(seconds=0, kernel_seconds=0)]
    first = weights_of(slots.left(1)[0])
    slots.left(1)[:] = 9
    reports.append(program(order)._replace(seconds=0, kernel_seconds=0))
    assert reports[0] == reports[1]
    assert (weights_of(slots.left(1)[0]) == first).all()
    assert (given == before).all()
    assert (weights_of(before[0]) != first).any()
