"""The gradient of one worker's batch has the value of the oracle's, in a worker's layout."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.network.packing import repack
from fastavg.networks.workspace import Workspace, wide_size
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order
from fastavg.training.programs.worker_gradient import WorkerGradient
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_slope_of_the_loss(weighted):
    plan = small_plan(workers=2, algorithm="gradient-averaging", dtype="float64")
    run = Run(NETWORK, plan, data_for(NETWORK, 40, "float64", weighted),
              first_weights(NETWORK, plan))
    wide = wide_size(NETWORK)
    buffers = CenterBuffers.create("private", plan, NETWORK.n_weights, 2, wide)
    space = Workspace(NETWORK, 1, "float64")
    program, block = WorkerGradient(run, buffers, range(2)), buffers.block

    def at(weights):
        repack(space.dense, weights, space.layers, block.vectors[2])
        report = program(Order("worker gradient", 0, 1, 0, 1))
        gradient = np.zeros(NETWORK.n_weights)
        repack(space.layers, block.vectors[1], space.dense, gradient)
        return report, gradient

    report, gradient = at(run.start)
    assert report.finite
    assert report.evaluations == 1
    for index in range(0, NETWORK.n_weights, 7):
        step = np.zeros(NETWORK.n_weights)
        step[index] = 1e-6
        after, before = at(run.start + step)[0], at(run.start - step)[0]
        slope = (after.loss - before.loss) / after.weight / 2e-6
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-8)
    # Nothing of it went to the other worker.
    assert not block.vectors[0].any()
