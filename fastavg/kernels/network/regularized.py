"""Mini-batch training with dropout, an L1 penalty, clipped gradients, bounded weights or steps.

It is :mod:`fastavg.kernels.network.train_steps` with more to do in each step, compiled apart so
that training without any of it stays as it is.  Clipping needs the whole gradient
before the first weight moves; so do L1 and clipping by value, which share its path.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.dropout import drop
from fastavg.kernels.network.activations import CALLED, backprop
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.called_products import pack_weights
from fastavg.kernels.network.dense import backward, forward, gather
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    KEPT_AT,
    OUT_AT,
    OUT_LD,
    W_AT,
    W_LD,
)
from fastavg.kernels.network.optimizers import NO_UPDATE, STEP_AT, update
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.squared_sums import LANES, squared_distance

# Places in the vector of limits; infinity is none.
L1_AT, CLIP_VALUE_AT, CLIP_NORM_AT, MAX_NORM_AT, MAX_CHANGE_AT = range(5)
LIMITS = 5


@kernel
def _forward(layers, theta, scratch, rows, drops, key, step):
    blocks = scratch.blocks
    if drops[0] > 0:
        drop(key, step, 0, drops[0], blocks, blocks[:0], layers[0, IN_LD], rows, layers[0, FAN_IN])
    for index in range(layers.shape[0]):
        forward(layers[index : index + 1], theta, blocks, rows, scratch.tile)
        if index + 1 == layers.shape[0] or drops[index + 1] == 0:
            continue
        layer = layers[index]
        at, kept, ld, n = layer[OUT_AT], layer[KEPT_AT], layer[OUT_LD], layer[FAN_OUT]
        if layer[ACTIVATION] != CALLED:
            # What is dropped no longer tells its derivative.
            for r in range(rows):
                blocks[kept + r * ld : kept + r * ld + n] = 1
            backprop(layer[ACTIVATION], blocks, at, ld, blocks, kept, ld, rows, n)
        drop(key, step, index + 1, drops[index + 1], blocks[at:], blocks[kept:], ld, rows, n)


@kernel
def penalize_and_clip(layers, theta, gradient, l1, l2, clip_value, clip_norm):
    """Add the derivatives of both penalties to a gradient, then clip it by value and by norm.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    gradient : array (size,) like theta
        Changed in place.
    l1 : float
        Factor of the L1 penalty.
    l2 : float
        Factor of the L2 penalty.
    clip_value : float
        Largest magnitude of an element; infinity for no limit.
    clip_norm : float
        Largest Euclidean norm of the gradient; infinity for no limit.
    """
    number = theta.dtype.type
    pull, decay, most = number(l1), number(l2), number(clip_value)
    zero, one = number(0), number(1)
    squares = 0.0
    for layer in layers:
        n = layer[FAN_OUT]
        for row in range(layer[FAN_IN] + 1):
            bias = row == layer[FAN_IN]
            at = layer[B_AT] if bias else layer[W_AT] + row * layer[W_LD]
            g, w = gradient[at : at + n], theta[at : at + n]
            part = zero
            for c in range(n):
                x = g[c]
                if not bias:
                    side = one if w[c] > zero else -one if w[c] < zero else zero
                    x = x + decay * w[c] + pull * side
                x = most if x > most else x
                x = -most if x < -most else x
                g[c] = x
                part += x * x
            squares += np.float64(part)
    norm = np.sqrt(squares)
    if norm > clip_norm:
        factor = number(clip_norm / norm)
        for layer in layers:
            g = gradient[layer[W_AT] : layer[B_AT] + layer[FAN_OUT]]
            for i in range(g.size):
                g[i] *= factor


# Free to approximate, the compiler takes another root in a process that compiles this than in
# one that loads it.
@kernel(ordered=True)
def bound_columns(layer, start, n, theta, most, sums):
    """Scale down the incoming weights of ``n`` units of a layer, where ``bound_norms`` would.

    Parameters
    ----------
    layer : array (COLUMNS,) of int64
        The layer's row of the table (:mod:`fastavg.kernels.network.layout`).
    start : int
        The first of the units.
    n : int
        How many units.
    theta : array (size,) of float32 or float64
        The weights, changed in place.
    most : float
        Largest Euclidean norm of a unit's incoming weights.
    sums : array (at least n,) like theta
        Working memory.
    """
    number = theta.dtype.type
    limit, one = number(most), number(1)
    sums[:n] = 0
    for row in range(layer[FAN_IN]):
        at = layer[W_AT] + row * layer[W_LD] + start
        w = theta[at : at + n]
        for c in range(n):
            sums[c] += w[c] * w[c]
    for c in range(n):
        norm = np.sqrt(sums[c])
        sums[c] = limit / norm if norm > limit else one
    for row in range(layer[FAN_IN]):
        at = layer[W_AT] + row * layer[W_LD] + start
        w = theta[at : at + n]
        for c in range(n):
            w[c] *= sums[c]


@kernel
def bound_norms(layers, theta, most, sums):
    """Scale down the incoming weights of every unit whose norm is larger than ``most``.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights, changed in place.
    most : float
        Largest Euclidean norm of a unit's incoming weights.
    sums : array (widest,) like theta
        Working memory.
    """
    for layer in layers:
        bound_columns(layer, 0, layer[FAN_OUT], theta, most, sums)


@kernel(exact=True)
def _step_norm(layers, theta, before, lanes):
    # Without the gaps between the rows, which change too.
    squares = 0.0
    for layer in layers:
        n = layer[FAN_OUT]
        for row in range(layer[FAN_IN] + 1):
            at = layer[B_AT] if row == layer[FAN_IN] else layer[W_AT] + row * layer[W_LD]
            squares += squared_distance(theta[at : at + n], before[at : at + n], lanes)
    return np.sqrt(squares)


@kernel(exact=True)
def shorten(theta, before, norm, most):
    """Shorten a step to the largest norm that it may have.

    Parameters
    ----------
    theta : array (n,) of float32 or float64
        Where the step leads to, or a part of that; changed in place.
    before : array like theta
        Where it begins.
    norm : float
        The Euclidean norm of the whole step.
    most : float
        The largest one.
    """
    if norm > most:
        factor = theta.dtype.type(most / norm)
        for i in range(theta.size):
            theta[i] = before[i] + factor * (theta[i] - before[i])


@kernel
def _loss_and_error(layers, output, theta, scratch, data, first, rows, drops, key, step):
    gather(data.X, data.order, first, rows, scratch.blocks, layers[0, IN_LD])
    _forward(layers, theta, scratch, rows, drops, key, step)
    last = layers[-1]
    loss = output_error(
        output, scratch.blocks, last[OUT_AT], last[OUT_LD], rows, last[FAN_OUT],
        data.Y, data.order, first, data.weights, scratch.columns,
        scratch.figures, scratch.settings, False,
    )
    return loss, batch_weight(data.weights, data.order, first, rows)


@kernel(allocates=True)
def loss_gradient_regular(
    layers, back, output, theta, scratch, data, first, rows, drops, key, step
):
    """As ``loss_gradient``, with the dropout of one step.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    back : array like layers
        The layer table of the backward pass, where layers with dropout keep derivatives.
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    scratch : Scratch
        Working memory; the gradient, divided by the summed weight, goes to its ``gradient``.
    data : Samples
        Features, targets, weights and order of the rows.
    first : int
        Place of the batch's first row in ``data.order``.
    rows : int
        Rows of the batch.
    drops : array (n_layers,) of float64
        Dropout rate of the inputs and of every hidden layer.
    key : uint64
        Stands for seed and worker.
    step : int
        Number of the step, counted from the start of the run.

    Returns
    -------
    loss : float64
        Sum of the losses, each times its sample weight.
    weight : float64
        Sum of the sample weights.
    """
    loss, total = _loss_and_error(
        layers, output, theta, scratch, data, first, rows, drops, key, step
    )
    hyper = np.zeros(1)
    state = theta[:0].reshape(0, 0)
    backward(back, theta, state, scratch, rows, total, NO_UPDATE, hyper, 0.0, 0.0)
    return loss, total


@kernel(allocates=True)
def train_steps_regular(
    layers, back, output, solver, hyper, rates, l2, theta, state, scratch, data, steps,
    limits, drops, key, first_step,
):
    """Take optimizer steps with dropout, an L1 penalty, clipping, bounded weights or steps.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    back : array like layers
        The layer table of the backward pass, where layers with dropout keep derivatives.
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    solver : int
        Code of the optimizer, the address of its stage, or ``NO_UPDATE``.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer (:mod:`fastavg.kernels.network.optimizers`).
    rates : array (n_steps,) of float64
        Learning rate of each step.
    l2 : float
        Factor of the L2 penalty ``l2 / 2 * |W|^2``, for the rows of the batch together.
    theta : array (size,) of float32 or float64
        The weights, changed in place.
    state : array (n_vectors, size) like theta
        State of the optimizer, changed in place.
    scratch : Scratch
        Working memory (:class:`fastavg.kernels.network.layout.Scratch`).
    data : Samples
        Features, targets, weights and order of the rows.
    steps : array (n_steps, 2) of int64
        Start in ``data.order`` and length of each batch.
    limits : array (LIMITS,) of float64
        L1 factor, largest value and norm of the gradient, largest norm of a unit's weights,
        and of a step's change.
    drops : array (n_layers,) of float64
        Dropout rate of the inputs and of every hidden layer.
    key : uint64
        Stands for seed and worker.
    first_step : int
        Number of the first step, counted from the start of the run.

    Returns
    -------
    loss : float64
        Sum of the losses, each times its sample weight.
    weight : float64
        Sum of the sample weights.
    """
    zero = theta.dtype.type(0)
    whole = limits[L1_AT] > 0 or min(limits[CLIP_VALUE_AT], limits[CLIP_NORM_AT]) < np.inf
    bounded, capped = limits[MAX_NORM_AT] < np.inf, limits[MAX_CHANGE_AT] < np.inf
    before, lanes = np.empty(theta.size if capped else 0, theta.dtype), np.empty(LANES)
    loss, weight = 0.0, 0.0
    for s in range(steps.shape[0]):
        hyper[STEP_AT] += 1
        first, rows = steps[s, 0], steps[s, 1]
        if rows == 0:
            continue
        part, total = _loss_and_error(
            layers, output, theta, scratch, data, first, rows, drops, key, first_step + s
        )
        loss += part
        weight += total
        if not total > 0:
            continue
        if capped:
            before[:] = theta
        backward(
            back, theta, state, scratch, rows, total, NO_UPDATE if whole else solver, hyper,
            rates[s], l2,
        )
        if whole:
            penalize_and_clip(
                layers, theta, scratch.gradient, limits[L1_AT] / total, l2 / total,
                limits[CLIP_VALUE_AT], limits[CLIP_NORM_AT],
            )
            for layer in layers:
                at, stop = layer[W_AT], layer[B_AT] + layer[FAN_OUT]
                update(
                    solver, hyper, rates[s], zero, theta[at:stop], state, at,
                    scratch.gradient[at:stop],
                )
        if capped:
            shorten(theta, before, _step_norm(layers, theta, before, lanes), limits[MAX_CHANGE_AT])
        if bounded:
            bound_norms(layers, theta, limits[MAX_NORM_AT], scratch.bias)
        if whole or bounded or capped:
            pack_weights(layers, theta)
    return loss, weight
