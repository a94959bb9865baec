"""Panels: a worker's loss and gradient are those of its layers as a whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.kernels.blocks.panels import (
    activate_panel,
    add_inputs,
    copy_units,
    depth_of,
    forward_panel,
    gradient_in_panels,
    loss_and_errors,
    unit_gradient,
)
from fastavg.kernels.network.layout import IN_LD, Samples
from fastavg.kernels.network.packing import repack
from fastavg.kernels.network.train_steps import loss_gradient
from fastavg.networks.column_panels import column_panels
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
    inputs = np.full(ROWS * panels.layers[0, IN_LD], np.nan, dtype)
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


def first_layer(dtype="float32", inputs=300, rows=9):
    """Panels of a network of one layer, a worker's memory, and its inputs as a matrix."""
    network, random = Network((inputs, 70), output="identity"), np.random.default_rng(0)
    panels, space = column_panels(network, rows, dtype), Workspace(network, rows, dtype)
    theta = np.zeros(panels.size, dtype)
    copy_units(panels, 0, len(panels.units), theta, weights_of(network, 0, dtype), False)
    X = np.zeros((rows, int(panels.layers[0, IN_LD])), dtype)
    X[:, :inputs] = random.normal(size=(rows, inputs))
    return network, panels, space, theta, X


def test_outputs_are_summed_part_by_part_of_the_inputs():
    network, panels, space, theta, X = first_layer()
    inputs, tile, found = X.reshape(-1), space.scratch.tile, []
    depth = depth_of(300)
    assert (depth_of(1), depth, depth_of(784)) == (1, 100, 112)
    W, b = np.split(weights_of(network, 0, "float32"), [300 * 70])
    for parts in (False, True):
        block = np.full(panels.block, np.nan, np.float32)
        for panel in panels.table:
            if parts:
                for first in range(0, 300, depth):
                    add_inputs(panel, theta, first, depth, inputs, block, 9, tile)
                activate_panel(panel, theta, block, 9)
            else:
                forward_panel(panel, theta, inputs, block, 9, tile)
        found.append(block.reshape(9, -1)[:, :70].copy())
    assert (found[0] == found[1]).all()
    assert close(found[0], X[:, :300] @ W.reshape(300, 70) + b, 1e-5)


def test_a_units_gradient_has_its_rows_and_behind_the_last_one_the_biases():
    _, panels, space, theta, X = first_layer("float64")
    inputs, block = X.reshape(-1), np.zeros(panels.block)
    for panel in panels.table:
        forward_panel(panel, theta, inputs, block, 9, space.scratch.tile)
    Y = np.random.default_rng(1).normal(size=(9, 70))
    outputs = block.reshape(9, -1)[:, :70].copy()
    data = Samples(X, Y, np.zeros(0), np.arange(9))
    _, total = loss_and_errors(
        panels, space.loss, theta, block, space.scratch, data, 0, 9
    )
    assert total == 9
    errors = outputs - Y
    expected = X[:, :300].T @ errors / 9
    for number, start, stop, at, end in panels.units:
        panel, columns = panels.table[number], slice(64 * number, min(70, 64 * number + 64))
        g = np.full(end - at, np.nan)
        unit_gradient(panel, start, stop, inputs, block, 9, 9.0, space.scratch, g)
        n, ld = columns.stop - columns.start, 64 if number == 0 else 16
        rows = g[: (stop - start) * ld].reshape(-1, ld)
        assert close(rows[:, :n], expected[start:stop, columns], 1e-12)
        if stop == 300:
            assert close(g[(stop - start) * ld :][:n], errors.mean(axis=0)[columns], 1e-12)
