"""A network cut into panels: up to 64 neurons of a layer, whose weights lie together.

.. code-block:: text

    layer      panel 0           panel 1     ...        the weights of 64 neurons, row after row,
               units 0, 1, ..    units ..               and their biases
    unit       some rows of a panel's weights: whole chunks of the vector

A panel's outputs for a worker's rows are one product, and so is a worker's gradient of a unit.
So no bit of them depends on which process makes them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.panel_inputs import chunk_start, gather_in_chunks
from fastavg.kernels.blocks.panel_products import add_inputs, unit_gradient
from fastavg.kernels.blocks.segments import Segments, copy, fill
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.activations import CALLED, activate, backprop
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    CALLED_AT,
    ERROR,
    ERROR_LD,
    FAN_IN,
    FAN_OUT,
    IN_AT,
    KEPT_AT,
    OUT_AT,
    OUT_LD,
    W_AT,
    W_LD,
)
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.product import depth_of, product

# Columns of the units' table: the panel, the rows of its weights from and to, and where the
# unit begins and ends in the wide vector.
PANEL, START, STOP, AT, END = range(5)


class Panels(NamedTuple):
    """How a network lies in panels.

    Parameters
    ----------
    layers : array (layers, COLUMNS) of int64
        Where a worker's outputs, kept derivatives and errors are in its block; the first layer's
        inputs lie elsewhere, in chunks.  What is said of weights means nothing here.
    table : array (panels, COLUMNS) of int64
        The same of each panel, and where its weights are in the wide vector.
    dense : array (panels, COLUMNS) of int64
        Where the panels' weights are in the dense public vector.
    first : array (layers + 1,) of int64
        The first panel of each layer.
    units : array (units, 5) of int64
        Panel, rows of its weights, place in the wide vector.
    first_unit : array (layers + 1,) of int64
        The first unit of each layer.
    pieces : Segments
        Of the wide vector (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    size : int
        Numbers of the wide vector.
    block : int
        Numbers of a worker's block.
    width, distance : int
        Inputs of a unit of the first layer, which lie together in a chunk
        (:mod:`fastavg.kernels.blocks.panel_inputs`), and from a chunk to the next, in numbers.
    """

    layers: NDArray[np.int64]
    table: NDArray[np.int64]
    dense: NDArray[np.int64]
    first: NDArray[np.int64]
    units: NDArray[np.int64]
    first_unit: NDArray[np.int64]
    pieces: Segments
    size: int
    block: int
    width: int
    distance: int


@kernel
def activate_panel(panel, theta, block, rows):
    """Make outputs of a panel's sums; those of the last layer stay without its function.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        Its row of the table.
    theta : array (size,) of float32 or float64
        The wide vector.
    block : array like theta
        The worker's block; derivatives of called activations are left there, too.
    rows : int
        Rows of the batch.
    """
    at, ld, n, kept = panel[OUT_AT], panel[OUT_LD], panel[FAN_OUT], panel[KEPT_AT]
    bias = theta[panel[B_AT] : panel[B_AT] + n]
    if panel[ACTIVATION] == CALLED:
        call(panel[CALLED_AT], (block[at:], ld, rows, n, bias, block[kept:], kept != at))
    else:
        activate(panel[ACTIVATION], block, at, ld, rows, bias)


@kernel
def forward_panel(panel, theta, block, rows, tile):
    """The outputs of a panel of a layer above the first one for a worker's rows.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        Its row of the table.
    theta : array (size,) of float32 or float64
        The wide vector.
    block : array like theta
        The worker's block; the layer's inputs are the outputs below.
    rows : int
        Rows of the batch.
    tile : array (TILE,) like theta
        Working memory of the matrix products.
    """
    depth, inputs = depth_of(panel[FAN_IN]), block[panel[IN_AT] :]
    for first in range(0, panel[FAN_IN], depth):
        add_inputs(panel, theta, first, depth, inputs[first:], block, rows, tile)
    activate_panel(panel, theta, block, rows)


@kernel
def loss_and_errors(panels, output, theta, block, scratch, data, first, rows):
    """The loss of a worker's rows and the errors of all layers, from the first layer's outputs.

    Parameters
    ----------
    panels : Panels
        The network.
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    theta : array (size,) of float32 or float64
        The wide vector.
    block : array like theta
        The worker's block, with the outputs of the first layer.
    scratch : Scratch
        Working memory of the process.
    data : Samples
        Features, targets, weights and order of the rows.
    first, rows : int
        Where the batch begins in the order of rows, and how long it is.

    Returns
    -------
    loss, weight : float64
        Summed loss and row weight.
    """
    one, zero = theta.dtype.type(1), theta.dtype.type(0)
    layers, table, tile = panels.layers, panels.table, scratch.tile
    last = layers.shape[0] - 1
    for index in range(1, last + 1):
        for p in range(panels.first[index], panels.first[index + 1]):
            forward_panel(table[p], theta, block, rows, tile)
    top = layers[last]
    loss = output_error(
        output, block, top[OUT_AT], top[OUT_LD], rows, top[FAN_OUT], data.Y, data.order, first,
        data.weights, scratch.columns, scratch.figures, scratch.settings, False,
    )
    total = batch_weight(data.weights, data.order, first, rows)
    for index in range(last, -1, -1):
        layer = layers[index]
        at, ld = layer[ERROR], layer[ERROR_LD]
        backprop(
            layer[ACTIVATION], block, layer[KEPT_AT], layer[OUT_LD], block, at, ld, rows,
            layer[FAN_OUT],
        )
        if index == 0:
            break
        below = layers[index - 1]
        begin = panels.first[index]
        for p in range(begin, panels.first[index + 1]):
            panel = table[p]
            product(
                False, True, rows, panel[FAN_IN], panel[FAN_OUT], one, block[panel[ERROR] :], ld,
                theta[panel[W_AT] :], panel[W_LD], zero if p == begin else one,
                block[below[ERROR] :], below[ERROR_LD], tile,
            )
    return loss, total


@kernel
def gradient_in_panels(panels, output, theta, inputs, block, scratch, data, first, rows, slot):
    """slot <- the gradient of a batch, divided by its row weight; zero for a batch without rows.

    Parameters
    ----------
    panels : Panels
        The network.
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    theta : array (size or more,) of float32 or float64
        The wide vector.
    inputs, block : array like theta
        Working memory for the inputs of the batch, in chunks, and for outputs and errors.
    scratch : Scratch
        Working memory of the process.
    data : Samples
        Features, targets, weights and order of the rows.
    first, rows : int
        Where the batch begins in the order of rows, and how long it is.
    slot : array like theta
        The gradient, overwritten; its gaps stay as they are, or become zero.

    Returns
    -------
    loss, weight : float64
        Summed loss and row weight.
    """
    loss, total, layers, table = 0.0, 0.0, panels.layers, panels.table
    if rows > 0:
        width, distance = panels.width, panels.distance
        gather_in_chunks(data.X, data.order, first, rows, width, distance, inputs)
        for p in range(panels.first[1]):
            for at in range(0, layers[0, FAN_IN], width):
                add_inputs(
                    table[p], theta, at, width, inputs[chunk_start(at, width, distance) :], block,
                    rows, scratch.tile,
                )
            activate_panel(table[p], theta, block, rows)
        loss, total = loss_and_errors(
            panels, output, theta, block, scratch, data, first, rows
        )
    for u in range(panels.units.shape[0]):
        unit = panels.units[u]
        source = inputs if unit[PANEL] < panels.first[1] else block
        unit_gradient(
            table[unit[PANEL]], unit[START], unit[STOP], source[unit_inputs(panels, unit) :], block,
            rows, total, scratch, slot[unit[AT] : unit[END]],
        )
    return loss, total


@kernel
def unit_inputs(panels, unit):
    """Where a unit's inputs begin: in a worker's inputs in chunks, or in its block.

    Parameters
    ----------
    panels : Panels
        The network.
    unit : array (5,) of int64
        Its row of the table; those of the first layer have their inputs in chunks.
    """
    if unit[PANEL] < panels.first[1]:
        return chunk_start(unit[START], panels.width, panels.distance)
    return panels.table[unit[PANEL], IN_AT] + unit[START]


@kernel
def copy_units(panels, first, stop, wide, dense, to_dense):
    """Copy some units of a vector from or to the dense public layout.

    Parameters
    ----------
    panels : Panels
        The network.
    first, stop : int
        The units.
    wide : array (size,) of float32 or float64
        A vector in panels; gaps become zero when it is written.
    dense : array (n_weights or more,) like wide
        The same vector in the public layout.
    to_dense : bool
        The direction: True writes ``dense``.
    """
    for u in range(first, stop):
        unit = panels.units[u]
        own, public = panels.table[unit[PANEL]], panels.dense[unit[PANEL]]
        n = own[FAN_OUT]
        if not to_dense:
            fill(wide[unit[AT] : unit[END]], 0.0)
        for row in range(unit[START], unit[STOP] + (unit[STOP] == own[FAN_IN])):
            at, place = own[W_AT] + row * own[W_LD], public[W_AT] + row * public[W_LD]
            if row == own[FAN_IN]:
                at, place = own[B_AT], public[B_AT]
            if to_dense:
                copy(wide[at : at + n], dense[place : place + n])
            else:
                copy(dense[place : place + n], wide[at : at + n])
