"""Mini-batch training: gather, forward, loss, backward and update, batch after batch."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.batch_weight import batch_weight
from fastavg.kernels.network.dense import backward, forward, gather
from fastavg.kernels.network.layout import FAN_OUT, IN_LD, OUT_AT, OUT_LD
from fastavg.kernels.network.optimizers import NO_UPDATE, STEP_AT
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.prefetch import prefetch_rows


@kernel
def _loss_and_error(layers, output, theta, scratch, data, first, rows):
    gather(data.X, data.order, first, rows, scratch.blocks, layers[0, IN_LD])
    forward(layers, theta, scratch.blocks, rows, scratch.tile)
    last = layers[-1]
    loss = output_error(
        output, scratch.blocks, last[OUT_AT], last[OUT_LD], rows, last[FAN_OUT],
        data.Y, data.order, first, data.weights, scratch.columns,
        scratch.figures, scratch.settings,
    )
    return loss, batch_weight(data.weights, data.order, first, rows)


@kernel
def train_steps(layers, output, solver, hyper, rates, l2, theta, state, scratch, data, steps):
    """Take ``steps`` (start and length of each batch in ``data.order``); return summed
    loss and summed row weight.

    ``rates`` holds the learning rate of each step; ``hyper[STEP_AT]`` the number of
    steps taken before, and is moved on.
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


@kernel
def loss_gradient(layers, output, theta, scratch, data, first, rows):
    """Summed loss and summed row weight of one batch; their gradient, divided by the
    summed weight, goes to ``scratch.gradient``.
    """
    loss, total = _loss_and_error(layers, output, theta, scratch, data, first, rows)
    hyper = np.zeros(1)
    state = theta[:0].reshape(0, 0)
    backward(layers, theta, state, scratch, rows, total, NO_UPDATE, hyper, 0.0, 0.0)
    return loss, total
