"""The objective of a line search: a fixed sample's mean loss with its L2 penalty.

The sample stands in the input block from the first evaluation to the last.  It is
taken in pieces that stay in the second-level cache from the forward product to the
gradient product, so memory is read once an evaluation.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.activations import backprop
from fastavg.kernels.network.called_products import ADD_GRADIENT, BACKWARD
from fastavg.kernels.network.dense import backward, forward
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    FAN_IN,
    FAN_OUT,
    IN_AT,
    IN_LD,
    KEPT_AT,
    OUT_AT,
    OUT_LD,
    PRODUCTS_AT,
    W_AT,
    W_LD,
    WIDTH,
)
from fastavg.kernels.network.optimizers import NO_UPDATE
from fastavg.kernels.network.outputs import output_error
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.numerics.prefetch import prefetch_span
from fastavg.kernels.numerics.product import product
from fastavg.kernels.numerics.transpose import transpose


@kernel
def turn_weights(layers, theta, turned):
    """The transposed weights of all layers but the first, in which errors go back.

    Those of the last layer come first.  Each layer has ``fan_out`` rows, as far apart as those
    of its inputs.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table.
    theta : array (size,) of float32 or float64
        The weights.
    turned : array like theta
        Overwritten, but for gaps between rows.
    """
    at = 0
    for index in range(layers.shape[0] - 1, 0, -1):
        layer = layers[index]
        fan_in, fan_out, ld = layer[FAN_IN], layer[FAN_OUT], layer[IN_LD]
        transpose(theta, layer[W_AT], layer[W_LD], fan_in, fan_out, turned, at, ld)
        at += fan_out * ld


@kernel
def add_gradient(layers, turned, scratch, rows, total, gradient):
    """Walk back from the last layer's error; each layer's gradient is added where it belongs.

    The products add to ``gradient`` themselves, so it passes through memory once for each piece.
    The error of the last layer stands in its output block.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table; layers' own products, if any, are those of pieces
        (:mod:`fastavg.kernels.network.called_products`).
    turned : array of float32 or float64
        The weights as :func:`turn_weights` leaves them.
    scratch : Scratch
        Working memory (:class:`fastavg.kernels.network.layout.Scratch`).
    rows : int
        Rows of the piece.
    total : float
        What the gradient is divided by.
    gradient : array (size,) like theta
        Grows by the gradient.
    """
    one, zero = turned.dtype.type(1), turned.dtype.type(0)
    scale = turned.dtype.type(1.0 / total)
    blocks, tile = scratch.blocks, scratch.tile
    half = scratch.errors.size // 2
    last, turned_at = layers.shape[0] - 1, 0
    for index in range(last, -1, -1):
        layer = layers[index]
        called, fan_in, fan_out = layer[PRODUCTS_AT], layer[FAN_IN], layer[FAN_OUT]
        w_at, w_ld, b_at, ld = layer[W_AT], layer[W_LD], layer[B_AT], layer[OUT_LD]
        width = ld if called else layer[WIDTH]
        error = blocks[layer[OUT_AT] :] if index == last else scratch.errors[index % 2 * half :]
        backprop(layer[ACTIVATION], blocks, layer[KEPT_AT], ld, error, 0, ld, rows, width)
        if width > fan_out:
            # Errors of wider layers stood here; a line search takes products of all numbers.
            for r in range(rows):
                error[r * ld + fan_out : r * ld + width] = zero
        if index > 0:
            handed, back = scratch.errors[(index - 1) % 2 * half :], turned[turned_at:]
            if called:
                call(called, (BACKWARD, layer, rows, address_of(back), 0, one, error, handed))
            else:
                product(
                    False, False, rows, fan_in, fan_out, one, error, ld, back, layer[IN_LD], zero,
                    handed, layer[IN_LD], tile,
                )
            turned_at += fan_out * layer[IN_LD]
        sums = scratch.bias[:fan_out]
        sums[:] = zero
        for r in range(rows):
            row = error[r * ld : r * ld + fan_out]
            for c in range(fan_out):
                sums[c] += row[c]
        biases = gradient[b_at : b_at + fan_out]
        for c in range(fan_out):
            biases[c] += scale * sums[c]
        inputs, wanted = blocks[layer[IN_AT] :], gradient[w_at:]
        if called:
            at = address_of(inputs)
            call(called, (ADD_GRADIENT, layer, rows, at, 0, scale, error, wanted))
        else:
            product(
                True, False, fan_in, width, rows, scale, inputs, layer[IN_LD], error, ld, one,
                wanted, w_ld, tile,
            )


@kernel(allocates=True)
def add_losses(
    layers, output, theta, scratch, data, at, first, stop, piece, total, gradient, turned
):
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
    turned : array like theta, or empty
        The weights as :func:`turn_weights` leaves them: the products add to the gradient, by
        :func:`add_gradient`.  If it is empty, the gradient of a piece is made and then added,
        which is rounded a little differently.

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
            scratch.figures, scratch.settings, False,
        )
        if gradient.size == 0:
            continue
        if turned.size:
            # The rows of the next piece come from memory while we go back through this one.
            following = min(piece, stop - start - rows) * layers[0, IN_LD]
            prefetch_span(scratch.blocks, table[0, IN_AT] + rows * layers[0, IN_LD], following)
            add_gradient(table, turned, scratch, rows, total, gradient)
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
