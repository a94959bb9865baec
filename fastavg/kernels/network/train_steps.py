"""Mini-batch training: gather, forward, loss, backward and update, batch after batch."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.called_products import GATHER
from fastavg.kernels.network.dense import backward, forward, gather
from fastavg.kernels.network.layout import (
    FAN_OUT,
    IN_AT,
    IN_LD,
    OUT_AT,
    OUT_LD,
    PRODUCTS_AT,
    TURNED,
)
from fastavg.kernels.network.optimizers import NO_UPDATE, STEP_AT
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.numerics.prefetch import prefetch_rows


@kernel(thin=True)
def _loss_and_error(layers, output, theta, scratch, data, first, rows):
    turned = layers[0, TURNED] != 0
    if turned:
        one = theta.dtype.type(1)
        call(layers[0, PRODUCTS_AT], (
            GATHER, layers[0], rows, address_of(data.order[first:]), data.X.strides[0], one,
            data.X, scratch.blocks[layers[0, IN_AT] :],
        ))
    else:
        gather(data.X, data.order, first, rows, scratch.blocks, layers[0, IN_LD])
    forward(layers, theta, scratch.blocks, rows, scratch.tile)
    last = layers[-1]
    loss = output_error(
        output, scratch.blocks, last[OUT_AT], last[OUT_LD], rows, last[FAN_OUT],
        data.Y, data.order, first, data.weights, scratch.columns,
        scratch.figures, scratch.settings, turned,
    )
    return loss, batch_weight(data.weights, data.order, first, rows)


@kernel(thin=True)
def train_steps(layers, output, solver, hyper, rates, l2, theta, state, scratch, data, steps):
    """Take optimizer steps on one batch after the other.

    ``hyper[STEP_AT]`` holds the number of steps taken so far and is moved on.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
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

    Returns
    -------
    loss : float64
        Sum of the losses, each times its sample weight.
    weight : float64
        Sum of the sample weights.
    """
    loss, weight = 0.0, 0.0
    for s in range(steps.shape[0]):
        hyper[STEP_AT] += 1
        first, rows = steps[s, 0], steps[s, 1]
        if rows == 0:
            continue
        part, total = _loss_and_error(layers, output, theta, scratch, data, first, rows)
        if s + 1 < steps.shape[0]:
            # The next batch's rows lie anywhere in memory; they come while we compute.
            after, stop = steps[s + 1, 0], steps[s + 1, 0] + steps[s + 1, 1]
            prefetch_rows(data.X, data.order, after, stop)
            prefetch_rows(data.Y, data.order, after, stop)
        loss += part
        weight += total
        if total > 0:
            backward(
                layers, theta, state, scratch, rows, total, solver, hyper, rates[s], l2
            )
    return loss, weight


@kernel(allocates=True)
def loss_gradient(layers, output, theta, scratch, data, first, rows):
    """Loss and gradient of one batch; the gradient, divided by the summed weight, goes to
    ``scratch.gradient``.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    output : int
        Code of the output's own loss, or the address of the stage of another loss.
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    scratch : Scratch
        Working memory (:class:`fastavg.kernels.network.layout.Scratch`).
    data : Samples
        Features, targets, weights and order of the rows.
    first : int
        Place of the batch's first row in ``data.order``.
    rows : int
        Rows of the batch.

    Returns
    -------
    loss : float64
        Sum of the losses, each times its sample weight.
    weight : float64
        Sum of the sample weights.
    """
    loss, total = _loss_and_error(layers, output, theta, scratch, data, first, rows)
    hyper = np.zeros(1)
    state = theta[:0].reshape(0, 0)
    backward(layers, theta, state, scratch, rows, total, NO_UPDATE, hyper, 0.0, 0.0)
    return loss, total
