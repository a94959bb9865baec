"""Which runs average gradients by panels, and the memory that they take."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.networks.column_panels import column_panels
from fastavg.networks.network import Network
from fastavg.networks.workspace import wide_size
from fastavg.solvers import Adam, Regularization
from fastavg.training.panel_memory import PanelArrays, in_panels, panel_bytes, wide_numbers
from fastavg.training.run import Run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

LARGE = Network((300, 120, 3), "relu")
PLAN = small_plan(algorithm="gradient-averaging", solver=Adam(), workers=3)


def run_of(plan=PLAN, network=LARGE):
    return Run(
        network, plan, data_for(network, 2000, plan.dtype), first_weights(network, plan)
    )


@pytest.mark.parametrize(("change", "network", "expected"), [
    ({}, LARGE, True), ({"dtype": "float64"}, LARGE, True), ({}, NETWORK, False),
    ({"algorithm": "local-sgd"}, LARGE, False), ({"algorithm": "post-local-sgd"}, LARGE, True),
    ({"regularization": Regularization(l2=1.0)}, LARGE, True),
    ({"regularization": Regularization(dropout=0.5)}, LARGE, False),
    ({"products": "bfloat16"}, LARGE, False), ({"batch_size": 500}, LARGE, False),
])
def test_which_runs(change, network, expected):
    run = run_of(replace(PLAN, **change), network)
    assert in_panels(run) == expected
    assert (panel_bytes(run, 3) > 0) == expected
    assert wide_numbers(run) >= wide_size(network)


def test_arrays_lie_in_the_memory_without_overlap():
    run = run_of()
    panels = column_panels(LARGE, run.sampler().batch, "float32")
    memory = np.zeros(panel_bytes(run, 3), np.uint8)
    arrays = PanelArrays(memory, panels, run.plan, 3)
    assert arrays.vectors.shape == (3, panels.size)
    assert arrays.blocks.shape == (2, 3, panels.block)
    arrays.vectors[:] = 1
    assert not arrays.blocks.any()
    arrays.blocks[:] = 1
    assert np.count_nonzero(memory.view(np.float32)) == arrays.vectors.size + arrays.blocks.size
