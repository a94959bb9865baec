"""The objective of a line search: a fixed sample's mean loss with its L2 penalty.

The sample stands in the input block from the first evaluation to the last.  It is
taken in pieces that stay in the second-level cache from the forward product to the
gradient product, so memory is read once an evaluation.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.network.dense import backward, forward
from fastavg.kernels.network.layout import (
    B_AT,
    FAN_IN,
    FAN_OUT,
    IN_AT,
    IN_LD,
    OUT_AT,
    OUT_LD,
    W_AT,
    W_LD,
)
from fastavg.kernels.network.optimizers import NO_UPDATE
from fastavg.kernels.network.outputs import output_error


@kernel
def add_losses(layers, output, theta, scratch, data, at, first, stop, piece, total, gradient):
    """Sum of the losses of sample rows ``first`` to ``stop``; ``gradient`` grows by
    their gradient divided by ``total``.

    Row ``i`` of the sample is row ``data.order[at + i]`` of the data and stands at the
    i-th place of the input block.  With an empty ``gradient`` the losses are all.

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
    at : int
        Place of the sample's first row in ``data.order``.
    first : int
        First row of the sample to take.
    stop : int
        The row behind the last one.
    piece : int
        Rows that are computed at a time.
    total : float
        What the gradient is divided by.
    gradient : array (size,) like theta, or empty
        Grows by the gradient; left alone if it is empty.

    Returns
    -------
    float64
        The sum of the losses, each times its row weight.
    """
    hyper = np.zeros(1)
    state = theta[:0].reshape(0, 0)
    table = layers.copy()
    last = layers[-1]
    loss = 0.0
    for start in range(first, stop, piece):
        rows = min(piece, stop - start)
        table[0, IN_AT] = layers[0, IN_AT] + start * layers[0, IN_LD]
        forward(table, theta, scratch.blocks, rows, scratch.tile)
        loss += output_error(
            output, scratch.blocks, last[OUT_AT], last[OUT_LD], rows, last[FAN_OUT],
            data.Y, data.order, at + start, data.weights, scratch.columns,
            scratch.figures, scratch.settings,
        )
        if gradient.size == 0:
            continue
        backward(table, theta, state, scratch, rows, total, NO_UPDATE, hyper, 0.0, 0.0)
        for layer in layers:
            begin, end = layer[W_AT], layer[B_AT] + layer[FAN_OUT]
            part, whole = scratch.gradient[begin:end], gradient[begin:end]
            for i in range(part.size):
                whole[i] += part[i]
    return loss


@kernel
def add_penalty(layers, theta, l2, gradient):
    """``l2 / 2`` times the sum of the squared weights, biases left out; ``gradient``
    grows by its gradient, unless it is empty.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    l2 : float
        Factor of the penalty.
    gradient : array (size,) like theta, or empty
        Grows by the gradient; left alone if it is empty.

    Returns
    -------
    float64
        The penalty.
    """
    total = 0.0
    factor = theta.dtype.type(l2)
    for layer in layers:
        for row in range(layer[FAN_IN]):
            at = layer[W_AT] + row * layer[W_LD]
            w, g = theta[at : at + layer[FAN_OUT]], gradient[at : at + layer[FAN_OUT]]
            part = theta.dtype.type(0)
            for c in range(w.size):
                part += w[c] * w[c]
            for c in range(g.size):
                g[c] += factor * w[c]
            total += part
    return 0.5 * l2 * total
