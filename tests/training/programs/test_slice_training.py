"""A slice whose order is begun a second time makes the others leave."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.blocks.barrier import ABORTED
from fastavg.training.algorithms.split_layers import SplitLayers
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order
from fastavg.training.programs.slice_training import LOST, SliceTraining
from fastavg.training.run import Run
from fastavg.training.slice_group import group_of
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


def test_one_slice_is_a_network_and_a_second_try_is_lost():
    plan = small_plan(workers=2, algorithm=SplitLayers(1))
    buffers = CenterBuffers.create(
        "private", plan, NETWORK.n_weights, 2,
        beside=plan.algorithm.shared_bytes(NETWORK, plan, 2),
    )
    start = first_weights(NETWORK, plan)
    run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), start)
    buffers.center(0)[0] = start
    program, order = SliceTraining(run, buffers, range(2)), Order("slice", 0, 1, 0, 6)
    report = program(order)
    assert (report.evaluations, report.weight) == (6, 24)
    assert (buffers.slot(0, 1)[0] != start).mean() > 0.9
    assert (buffers.slot(0, 0) == 0).all()
    assert program(order).evaluations == LOST
    assert group_of(buffers.beside, NETWORK, plan, 1, 1).words[ABORTED]
    assert np.isfinite(buffers.slot(0, 1)).all()
