"""Training steps of one slice of a network: some neurons of every layer.

.. code-block:: text

    forward    own columns of every layer's output -> shared block | meet | read all columns
    loss       every slice computes the whole last layer's error, which is small
    backward   own part of the sum that is the error below -> shared | meet | add all parts of
               the own columns, in the slices' order
    update     own weights only

A slice has the columns of W, the biases and the optimizer's state of its own neurons.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.barrier import Barrier, meet
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.activations import backprop
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.dense import forward, gather
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    FAN_IN,
    FAN_OUT,
    IN_AT,
    IN_LD,
    KEPT_AT,
    OUT_LD,
    W_AT,
    W_LD,
    Scratch,
)
from fastavg.kernels.network.optimizers import PANEL, PANEL_ROWS, STEP_AT, update
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.product import product


class Slice(NamedTuple):
    """A slice as its process sees it.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table; outputs and inputs lie in ``shared``, of which a layer writes its own
        columns only.
    lows : array (n_layers,) of int64
        The first of its neurons in every layer.
    outputs : int
        Neurons of the last layer, of all slices together.
    out_at : int
        Place of the last layer's block in ``shared``.
    shared : array of float32 or float64
        Blocks of all slices.
    parts : array (2, slices, rows, widest) like shared
        Every slice's part of the error of the layer below, for even and odd layers.
    member : int
        The slice's number, from 0.
    barrier : Barrier
        Where the slices meet.
    """

    layers: NDArray[np.int64]
    lows: NDArray[np.int64]
    outputs: int
    out_at: int
    shared: NDArray[np.floating]
    parts: NDArray[np.floating]
    member: int
    barrier: Barrier


class Memory(NamedTuple):
    """What a slice keeps for itself.

    Parameters
    ----------
    theta : array (size,) of float32 or float64
        Its weights.
    state : array (n_vectors, size) like theta
        Its part of the optimizer's state.
    scratch : Scratch
        Working memory; ``errors`` has room for two blocks of its widest layer, and ``blocks``
        for the whole last layer.
    """

    theta: NDArray[np.floating]
    state: NDArray[np.floating]
    scratch: Scratch


@kernel
def add_parts(parts, low, rows, n, error):
    """error <- the sum of all slices' parts, in their order, of columns ``low`` to ``low + n``.

    Parameters
    ----------
    parts : array (slices, rows or more, widest) of float32 or float64
        Every slice's part.
    low : int
        The first column.
    rows : int
        Rows of the batch.
    n : int
        Columns.
    error : array (rows * n or more,) like parts
        The sum, row after row, overwritten.
    """
    for r in range(rows):
        target = error[r * n : r * n + n]
        first = parts[0, r, low : low + n]
        for c in range(n):
            target[c] = first[c]
        for s in range(1, parts.shape[0]):
            source = parts[s, r, low : low + n]
            for c in range(n):
                target[c] += source[c]


@kernel
def _forward(own, memory, rows):
    # False if a slice is lost.
    for index in range(own.layers.shape[0]):
        if own.layers[index, FAN_OUT] > 0:
            forward(
                own.layers[index : index + 1], memory.theta, own.shared, rows,
                memory.scratch.tile,
            )
        if not meet(own.barrier):
            return False
    return True


@kernel
def _update_layer(own, memory, index, error, ld, rows, total, solver, hyper, rate, l2):
    layer, theta, scratch = own.layers[index], memory.theta, memory.scratch
    zero = theta.dtype.type(0)
    scale, decay = theta.dtype.type(1.0 / total), theta.dtype.type(l2 / total)
    fan_in, n, w_at, w_ld = layer[FAN_IN], layer[FAN_OUT], layer[W_AT], layer[W_LD]
    bias = scratch.bias[:n]
    product(False, False, 1, n, rows, scale, scratch.ones, rows, error, ld, zero, bias, n,
            scratch.tile)
    b_at = layer[B_AT]
    update(solver, hyper, rate, zero, theta[b_at : b_at + n], memory.state, b_at, bias)
    panel = max(PANEL_ROWS, PANEL // w_ld)
    for start in range(0, fan_in, panel):
        stop = min(start + panel, fan_in)
        at, size = w_at + start * w_ld, (stop - start - 1) * w_ld + n
        g = scratch.gradient[:size]
        product(
            True, False, stop - start, n, rows, scale, own.shared[layer[IN_AT] + start :],
            layer[IN_LD], error, ld, zero, g, w_ld, scratch.tile,
        )
        update(solver, hyper, rate, decay, theta[at : at + size], memory.state, at, g)


@kernel
def layer_back(own, memory, index, error, ld, rows, total, solver, hyper, rate, l2):
    """Walk back through one layer: this slice's part of the error below, and its update.

    Parameters
    ----------
    own : Slice
        The slice; its part goes to ``own.parts[index % 2, own.member]``.
    memory : Memory
        Its weights and state, changed in place.
    index : int
        Which layer, from 0.
    error : array like theta
        The error of the layer's own neurons, changed in place.
    ld : int
        Distance of its rows, in numbers.
    rows : int
        Rows of the batch.
    total : float
        Sum of their weights, by which the gradient is divided.
    solver : int
        Code of the optimizer, or the address of its stage.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer.
    rate : float
        Learning rate of this step.
    l2 : float
        Factor of the L2 penalty, for the rows of the batch together.
    """
    theta, layer = memory.theta, own.layers[index]
    one, zero = theta.dtype.type(1), theta.dtype.type(0)
    fan_in, n, widest = layer[FAN_IN], layer[FAN_OUT], own.parts.shape[3]
    part = own.parts[index % 2, own.member].reshape(-1)
    if n > 0:
        backprop(
            layer[ACTIVATION], own.shared, layer[KEPT_AT], layer[OUT_LD], error, 0, ld, rows, n
        )
        if index > 0:
            product(
                False, True, rows, fan_in, n, one, error, ld, theta[layer[W_AT] :],
                layer[W_LD], zero, part, widest, memory.scratch.tile,
            )
        # Before the slices meet: after that the blocks may be written again.
        _update_layer(own, memory, index, error, ld, rows, total, solver, hyper, rate, l2)
    elif index > 0:
        for i in range(rows * widest):
            part[i] = zero


@kernel
def _backward(own, memory, top, top_ld, rows, total, solver, hyper, rate, l2):
    # ``top`` is the last layer's error of the own neurons.  False if a slice is lost.
    errors = memory.scratch.errors
    half = errors.size // 2
    last = own.layers.shape[0] - 1
    error, ld = top, top_ld
    for index in range(last, -1, -1):
        layer_back(own, memory, index, error, ld, rows, total, solver, hyper, rate, l2)
        if not meet(own.barrier):
            return False
        if index > 0:
            ld = own.layers[index - 1, FAN_OUT]
            error = errors[(index - 1) % 2 * half :]
            add_parts(own.parts[index % 2], own.lows[index - 1], rows, ld, error)
    return True


@kernel
def slice_steps(own, memory, output, solver, hyper, rates, l2, data, steps):
    """Take optimizer steps on one batch after the other, together with the other slices.

    ``hyper[STEP_AT]`` holds the number of steps taken so far and is moved on.

    Parameters
    ----------
    own : Slice
        The slice.
    memory : Memory
        Its weights and state, changed in place.
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    solver : int
        Code of the optimizer, or the address of its stage.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer (:mod:`fastavg.kernels.network.optimizers`).
    rates : array (n_steps,) of float64
        Learning rate of each step.
    l2 : float
        Factor of the L2 penalty ``l2 / 2 * |W|^2``, for the rows of the batch together.
    data : Samples
        Features, targets, weights and order of the rows.
    steps : array (n_steps, 2) of int64
        Start in ``data.order`` and length of each batch.

    Returns
    -------
    loss : float64
        Sum of the losses, each times its sample weight.
    weight : float64
        Sum of the sample weights.
    complete : bool
        False if a slice was lost; weights and state are then of no use.
    """
    loss, weight = 0.0, 0.0
    layers, scratch = own.layers, memory.scratch
    last = layers[layers.shape[0] - 1]
    low, n, ld = own.lows[own.lows.size - 1], own.outputs, last[OUT_LD]
    for s in range(steps.shape[0]):
        hyper[STEP_AT] += 1
        first, rows = steps[s, 0], steps[s, 1]
        if rows == 0:
            continue
        gather(data.X, data.order, first, rows, own.shared[layers[0, IN_AT] :], layers[0, IN_LD])
        if not _forward(own, memory, rows):
            return loss, weight, False
        whole = scratch.blocks
        for r in range(rows):
            for c in range(n):
                whole[r * ld + c] = own.shared[own.out_at + r * ld + c]
        loss += output_error(
            output, whole, 0, ld, rows, n, data.Y, data.order, first, data.weights,
            scratch.columns, scratch.figures, scratch.settings, False,
        )
        total = batch_weight(data.weights, data.order, first, rows)
        weight += total
        if total > 0 and not _backward(
            own, memory, whole[low:], ld, rows, total, solver, hyper, rates[s], l2
        ):
            return loss, weight, False
    return loss, weight, True
