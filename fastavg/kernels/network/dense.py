"""Forward and backward passes of a dense network over its flat weight vector."""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.activations import CALLED, activate, backprop
from fastavg.kernels.network.called_products import (
    BACKWARD,
    BIAS_GRADIENT,
    FORWARD,
    GRADIENT,
    PACK_WEIGHTS,
    TAKE_ERROR,
    rows_at_once,
)
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    CALLED_AT,
    FAN_IN,
    FAN_OUT,
    IN_AT,
    IN_LD,
    KEPT_AT,
    OUT_AT,
    OUT_LD,
    PRODUCTS_AT,
    TURNED,
    W_AT,
    W_LD,
    WIDTH,
)
from fastavg.kernels.network.optimizers import NO_UPDATE, PANEL, PANEL_ROWS, update
from fastavg.kernels.network.outputs import predict_output
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.numerics.product import product


@kernel
def gather(X, order, first, rows, blocks, ld):
    """Copy rows ``order[first:first + rows]`` of X to the input block.

    Parameters
    ----------
    X : array (n_rows, n_features) of float32 or float64
        The features.
    order : array of int64
        Numbers of rows of X.
    first : int
        Place of the batch's first row in ``order``.
    rows : int
        Rows of the batch.
    blocks : array like X
        The input block begins at its first number.
    ld : int
        Distance of the block's rows, in numbers.
    """
    n = X.shape[1]
    for r in range(rows):
        source = X[order[first + r]]
        target = blocks[r * ld : r * ld + n]
        for c in range(n):
            target[c] = source[c]


@kernel(apart=True)
def forward(layers, theta, blocks, rows, tile):
    """Every layer's output from the input block; the last one without its output function.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    blocks : array like theta
        Blocks of inputs and outputs of all layers, as ``layers`` says; the outputs are
        overwritten.
    rows : int
        Rows of the batch.
    tile : array (TILE,) like theta
        Working memory of the matrix products.
    """
    one, zero = theta.dtype.type(1), theta.dtype.type(0)
    for layer in layers:
        if layer[PRODUCTS_AT]:
            call(layer[PRODUCTS_AT], (
                FORWARD, layer, rows, address_of(theta), 0, one, blocks[layer[IN_AT] :],
                blocks[layer[OUT_AT] :],
            ))
        else:
            product(
                False, False, rows, layer[WIDTH], layer[FAN_IN], one, blocks[layer[IN_AT] :],
                layer[IN_LD], theta[layer[W_AT] :], layer[W_LD], zero, blocks[layer[OUT_AT] :],
                layer[OUT_LD], tile,
            )
        if layer[TURNED]:
            # Bias and activation came with the product.
            continue
        if layer[ACTIVATION] == CALLED:
            at, kept = layer[OUT_AT], layer[KEPT_AT]
            call(layer[CALLED_AT], (
                blocks[at:], layer[OUT_LD], rows, layer[FAN_OUT], theta[layer[B_AT] :],
                blocks[kept:], kept != at,
            ))
            continue
        bias = theta[layer[B_AT] : layer[B_AT] + layer[WIDTH]]
        activate(layer[ACTIVATION], blocks, layer[OUT_AT], layer[OUT_LD], rows, bias)


@kernel(apart=True)
def backward(layers, theta, state, scratch, rows, total, solver, hyper, rate, l2):
    """Walk back from the last layer's error; update each layer while its gradient is in cache.

    The error of the last layer stands in its output block.  With ``NO_UPDATE`` the
    gradient, ``theta`` shaped, is left in ``scratch.gradient`` instead.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights, changed in place.
    state : array (n_vectors, size) like theta
        State of the optimizer, changed in place.
    scratch : Scratch
        Working memory (:class:`fastavg.kernels.network.layout.Scratch`).
    rows : int
        Rows of the batch.
    total : float
        Sum of their weights, by which the gradient is divided.
    solver : int
        Code of the optimizer, the address of its stage, or ``NO_UPDATE``.
    hyper : array (HYPER_SIZE or more,) of float64
        Hyper-parameters of the optimizer (:mod:`fastavg.kernels.network.optimizers`).
    rate : float
        Learning rate of this step.
    l2 : float
        Factor of the L2 penalty ``l2 / 2 * |W|^2``, for the rows of the batch together.
    """
    one, zero = theta.dtype.type(1), theta.dtype.type(0)
    scale = theta.dtype.type(1.0 / total)
    decay = theta.dtype.type(l2 / total)
    blocks, gradient, tile = scratch.blocks, scratch.gradient, scratch.tile
    half = scratch.errors.size // 2
    last = layers.shape[0] - 1
    for index in range(last, -1, -1):
        layer = layers[index]
        fan_in, fan_out, width = layer[FAN_IN], layer[FAN_OUT], layer[WIDTH]
        w_at, w_ld, b_at, ld = layer[W_AT], layer[W_LD], layer[B_AT], layer[OUT_LD]
        called, turned = layer[PRODUCTS_AT], layer[TURNED] != 0
        packed = called != 0 and not turned
        error = blocks[layer[OUT_AT] :] if index == last else scratch.errors[index % 2 * half :]
        if not turned:
            backprop(layer[ACTIVATION], blocks, layer[KEPT_AT], ld, error, 0, ld, rows, width)
        if solver == NO_UPDATE and width > fan_out and not turned:
            # Errors of wider layers stood here; a line search takes products of all numbers.
            for r in range(rows):
                error[r * ld + fan_out : r * ld + width] = zero
        if called:
            call(called, (TAKE_ERROR, layer, rows, 0, 0, one, error, error))
        if index > 0:
            handed = scratch.errors[(index - 1) % 2 * half :]
            if called:
                inputs = address_of(blocks[layer[IN_AT] :])
                call(called, (BACKWARD, layer, rows, address_of(theta), inputs, one, error, handed))
            else:
                product(
                    False, True, rows, fan_in, fan_out, one, error, ld, theta[w_at:], w_ld,
                    zero, handed, layer[IN_LD], tile,
                )
        # Bias gradients are column sums: a product with a row of ones.
        bias = gradient[b_at : b_at + fan_out] if solver == NO_UPDATE else scratch.bias[:fan_out]
        if turned:
            call(called, (BIAS_GRADIENT, layer, rows, 0, 0, scale, error, bias))
        else:
            product(
                False, False, 1, fan_out, rows, scale, scratch.ones, rows, error, ld, zero, bias,
                fan_out, tile,
            )
        update(solver, hyper, rate, zero, theta[b_at : b_at + fan_out], state, b_at, bias)
        panel = max(PANEL_ROWS, PANEL // w_ld) if solver != NO_UPDATE else fan_in
        if called:
            panel = rows_at_once(w_ld) if solver != NO_UPDATE or packed else fan_in
        source = blocks[layer[IN_AT] :] if turned else error
        # A layer of factors has no rows.
        for start in range(0, fan_in, max(panel, 1)):
            stop = min(start + panel, fan_in)
            at = w_at + start * w_ld
            size = (stop - start - 1) * w_ld + width
            g = gradient[at : at + size] if solver == NO_UPDATE else gradient[:size]
            if called:
                call(called, (GRADIENT, layer, rows, start, stop, scale, source, g))
            else:
                product(
                    True, False, stop - start, width, rows, scale, blocks[layer[IN_AT] + start :],
                    layer[IN_LD], error, ld, zero, g, w_ld, tile,
                )
            update(solver, hyper, rate, decay, theta[at : at + size], state, at, g)
            if packed and solver != NO_UPDATE:
                call(called, (PACK_WEIGHTS, layer, rows, start, stop, one, theta[w_at:], g))


@kernel
def predict_rows(layers, output, theta, blocks, tile, X, first, rows, out):
    """out[first:first + rows] <- prediction for those rows of X.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    output : int
        Code of the output function (:data:`fastavg.networks.network.OUTPUTS`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.
    blocks : array like theta
        Working memory, as ``layers`` says.
    tile : array (TILE,) like theta
        Working memory of the matrix products.
    X : array (n_rows, n_features) like theta
        The features.
    first : int
        First row to predict.
    rows : int
        Rows to predict, at most those of ``blocks``.
    out : array (n_rows, n_outputs) like theta
        The predictions, overwritten in those rows.
    """
    n = X.shape[1]
    ld = layers[0, IN_LD]
    for r in range(rows):
        source, target = X[first + r], blocks[r * ld : r * ld + n]
        for c in range(n):
            target[c] = source[c]
    forward(layers, theta, blocks, rows, tile)
    last = layers[-1]
    at, ld, width = last[OUT_AT], last[OUT_LD], last[FAN_OUT]
    predict_output(output, blocks, at, ld, rows, width)
    for r in range(rows):
        found, row = blocks[at + r * ld : at + r * ld + width], out[first + r]
        for c in range(width):
            row[c] = found[c]


@kernel
def squared_weights(layers, theta):
    """Sum of the squared weights, biases left out.

    Parameters
    ----------
    layers : array (n_layers, COLUMNS) of int64
        The layer table (:mod:`fastavg.kernels.network.layout`).
    theta : array (size,) of float32 or float64
        The weights in the layout of ``layers``.

    Returns
    -------
    float64
        The sum; the L2 penalty is half of it times ``l2``.
    """
    total = 0.0
    for layer in layers:
        for row in range(layer[FAN_IN]):
            at = layer[W_AT] + row * layer[W_LD]
            part = theta.dtype.type(0)
            for w in theta[at : at + layer[FAN_OUT]]:
                part += w * w
            total += part
    return total
