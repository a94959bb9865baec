"""Panels: a worker's loss and gradient are those of its layers as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.panels import (
    activate_panel,
    copy_units,
    forward_panel,
    gradient_in_panels,
    loss_and_errors,
    unit_inputs,
)
from fastavg.kernels.network.layout import IN_AT, OUT_AT, OUT_LD, Samples
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient
from fastavg.networks.column_panels import column_panels, input_numbers
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from tests.problems import TOLERANCE, close, row_weights, rows_for, weights_of

ROWS = 30


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("network", [
    Network((5, 33, 7, 3), "tanh"), Network((70, 130, 66, 3), "relu"),
    Network((9, 80, 65, 2), "silu"), Network((40, 3)),
], ids=repr)
def test_the_gradient_is_that_of_whole_layers(network, dtype):
    space, panels = Workspace(network, ROWS, dtype), column_panels(network, ROWS, dtype)
    X, Y = rows_for(network, ROWS, 1, "classes", dtype)
    data = Samples(X, Y, row_weights(ROWS, 1, dtype), np.arange(ROWS)[::-1].copy())
    dense = weights_of(network, 1, dtype)
    repack(space.dense, dense, space.layers, space.theta)
    loss, total = loss_gradient(
        space.layers, space.loss, space.theta, space.scratch, data, 2, ROWS - 2
    )
    expected, found = np.zeros_like(dense), np.zeros_like(dense)
    repack(space.layers, space.scratch.gradient, space.dense, expected)

    theta, slot = np.zeros(panels.size, dtype), np.zeros(panels.size, dtype)
    copy_units(panels, 0, len(panels.units), theta, dense, False)
    inputs = np.full(input_numbers(panels), np.nan, dtype)
    block = np.full(panels.block, np.nan, dtype)
    given = panels, space.loss, theta, inputs, block, space.scratch, data
    assert np.allclose(gradient_in_panels(*given, 2, ROWS - 2, slot), (loss, total))
    copy_units(panels, 0, len(panels.units), slot, found, True)
    assert close(found, expected, TOLERANCE[dtype])
    # What belongs to no weight is zero, as it is in the means and norms over chunks.
    assert np.abs(slot).sum() == pytest.approx(np.abs(found).sum(), rel=1e-4)
    # A batch without rows has no gradient.
    assert gradient_in_panels(*given, 2, 0, slot) == (0, 0)
    assert not slot.any()


def test_copies_there_and_back_leave_gaps_zero():
    network = Network((70, 130, 3), "relu")
    panels, dense = column_panels(network, 4, "float32"), weights_of(network, 0, "float32")
    wide, back = np.full(panels.size, np.nan, np.float32), np.zeros_like(dense)
    for first, stop in ((0, 1), (1, len(panels.units))):
        copy_units(panels, first, stop, wide, dense, False)
        copy_units(panels, first, stop, wide, back, True)
    assert (back == dense).all()
    assert np.count_nonzero(wide) == np.count_nonzero(dense)


def test_outputs_and_errors_of_the_layers_above_the_first_one():
    network, random = Network((4, 200, 70), output="identity"), np.random.default_rng(0)
    panels, space = column_panels(network, 9, "float64"), Workspace(network, 9, "float64")
    dense, theta = weights_of(network, 0, "float64"), np.zeros(panels.size)
    copy_units(panels, 0, len(panels.units), theta, dense, False)
    below, above = random.normal(size=(9, 200)), slice(panels.first[1], panels.first[2])
    block, (first, second) = np.zeros(panels.block), panels.layers
    hidden = block[first[OUT_AT] : second[OUT_AT]].reshape(9, -1)
    hidden[:, :200] = below
    for panel in panels.table[above]:
        forward_panel(panel, theta, block, 9, space.scratch.tile)
    W = dense[4 * 200 + 200 :][: 200 * 70].reshape(200, 70)
    made = block[second[OUT_AT] :][: 9 * second[OUT_LD]].reshape(9, -1)[:, :70]
    assert close(made, below @ W + dense[-70:], 1e-12)
    # A unit's inputs are the outputs below it, from its first row on.
    for unit in panels.units[panels.first_unit[1] :]:
        assert unit_inputs(panels, unit) == panels.table[unit[0], IN_AT] + unit[1]
    for unit in panels.units[: panels.first_unit[1]]:
        assert unit_inputs(panels, unit) == unit[1] // panels.width * panels.distance
    Y = random.normal(size=(9, 70))
    loss, total = loss_and_errors(
        panels, space.loss, theta, block, space.scratch,
        Samples(np.zeros((9, 4)), Y, np.zeros(0), np.arange(9)), 0, 9,
    )
    assert total == 9
    assert loss == pytest.approx(0.5 * np.square(below @ W + dense[-70:] - Y).sum())


def test_sums_become_outputs_with_their_bias():
    network = Network((3, 70), output="identity")
    panels, dense = column_panels(network, 5, "float32"), weights_of(network, 0, "float32")
    theta = np.zeros(panels.size, np.float32)
    copy_units(panels, 0, len(panels.units), theta, dense, False)
    block = np.ones(panels.block, np.float32)
    for panel in panels.table:
        activate_panel(panel, theta, block, 5)
    made = block[: 5 * panels.layers[0, OUT_LD]].reshape(5, -1)[:, :70]
    assert close(made, np.tile(1 + dense[-70:], (5, 1)), 1e-6)
