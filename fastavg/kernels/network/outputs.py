"""Outputs of the last layer: prediction, loss, and the loss's derivative.

For the three pairs that are built in (softmax with cross-entropy, logistic with binary
cross-entropy for each output, identity with half the squared error) the derivative with
respect to the last pre-activation is ``prediction - target``.  Any other loss is called by
its address (:mod:`fastavg.kernels.network.called_losses`).

A row has few outputs and a batch has many rows, so the work is done on the transposed
block, where the long direction is the contiguous one.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import call
from fastavg.kernels.network.turned_blocks import give_units, take_units, turned_ld
from fastavg.kernels.numerics.exponential import exp
from fastavg.kernels.numerics.transpose import transpose

SOFTMAX, LOGISTIC_OUTPUT, IDENTITY_OUTPUT, EXPONENTIAL, MARGIN = 0, 1, 2, 3, 4
# One logarithm of a product replaces many logarithms, as long as it cannot overflow:
# a row's factors are at most 2 for each of FOLD outputs, a batch's are folded at ROOM.
FOLD = 500
ROOM = 1e150


@kernel
def predict_output(output, z, at, ld, rows, n):
    """z[r] <- prediction, in place.

    Parameters
    ----------
    output : int
        Code of the output function (:data:`fastavg.networks.network.OUTPUTS`).
    z : array of float32 or float64
        Pre-activations of the last layer, replaced by the predictions.
    at : int
        Place of the first row in ``z``.
    ld : int
        Distance of rows, in numbers.
    rows : int
        Number of rows.
    n : int
        Outputs of the network.
    """
    one = z.dtype.type(1)
    for r in range(rows):
        row = z[at + r * ld : at + r * ld + n]
        if output == SOFTMAX:
            top = row[0]
            for c in range(1, n):
                top = top if row[c] <= top else row[c]
            total = z.dtype.type(0)
            for c in range(n):
                row[c] = exp(row[c] - top)
            for c in range(n):
                total += row[c]
            for c in range(n):
                row[c] /= total
        elif output == LOGISTIC_OUTPUT:
            for c in range(n):
                row[c] = one / (one + exp(-row[c]))
        elif output == EXPONENTIAL:
            for c in range(n):
                row[c] = exp(row[c])


@kernel
def _fetch_targets(Y, order, first, rows, n, targets):
    # One column of class numbers stands for one-hot rows.
    if Y.shape[1] == n:
        for r in range(rows):
            for c in range(n):
                targets[c * rows + r] = Y[order[first + r], c]
    else:
        targets[: n * rows] = 0
        for r in range(rows):
            targets[np.int64(Y[order[first + r], 0]) * rows + r] = 1


@kernel
def _softmax_error(z, targets, rows, n, losses, products, top, total):
    for r in range(rows):
        top[r] = z[r]
    losses[:rows] = 0
    for c in range(n):
        column, target = z[c * rows : (c + 1) * rows], targets[c * rows : (c + 1) * rows]
        for r in range(rows):
            top[r] = top[r] if column[r] <= top[r] else column[r]
            losses[r] -= np.float64(target[r]) * np.float64(column[r])
    total[:rows] = 0
    for c in range(n):
        column, target = z[c * rows : (c + 1) * rows], targets[c * rows : (c + 1) * rows]
        for r in range(rows):
            e = exp(column[r] - top[r])
            column[r] = e
            total[r] += e
    for r in range(rows):
        losses[r] += np.float64(top[r])
        products[r] = np.float64(total[r])
        total[r] = z.dtype.type(1) / total[r]
    for c in range(n):
        column, target = z[c * rows : (c + 1) * rows], targets[c * rows : (c + 1) * rows]
        for r in range(rows):
            column[r] = column[r] * total[r] - target[r]


@kernel
def _logistic_error(z, targets, rows, n, losses, products):
    one, zero = z.dtype.type(1), z.dtype.type(0)
    losses[:rows] = 0
    products[:rows] = 1
    for c in range(n):
        column, target = z[c * rows : (c + 1) * rows], targets[c * rows : (c + 1) * rows]
        for r in range(rows):
            # log(1 + exp(z)) - t z = max(z, 0) - t z + log(1 + exp(-|z|))
            x, t = column[r], target[r]
            e = exp(-abs(x))
            products[r] *= np.float64(one + e)
            losses[r] += np.float64((zero if x < zero else x) - t * x)
            column[r] = (one if x >= zero else e) / (one + e) - t
        if (c + 1) % FOLD == 0:
            for r in range(rows):
                losses[r] += np.log(products[r])
                products[r] = 1


@kernel
def squared_error(z, targets, rows, n, losses, products):
    """z <- z - targets, output by output; half the squared errors go to the losses.

    Parameters
    ----------
    z : array (n * rows,) of float32 or float64
        Outputs, one after the other; replaced by the errors.
    targets : array like z
        The targets.
    rows : int
        Rows of the batch.
    n : int
        Outputs of the network.
    losses : array (rows,) of float64
        Overwritten with the loss of each row.
    products : array (rows,) of float64
        Overwritten with ones.
    """
    losses[:rows] = 0
    products[:rows] = 1
    for c in range(n):
        column, target = z[c * rows : (c + 1) * rows], targets[c * rows : (c + 1) * rows]
        for r in range(rows):
            e = column[r] - target[r]
            column[r] = e
            losses[r] += 0.5 * np.float64(e) * np.float64(e)


@kernel(apart=True)
def output_error(
    loss, z, at, ld, rows, n, Y, order, first, weights, columns, figures, settings, turned
):
    """z[r] <- weight times the derivative of the loss; returns the weighted sum of the losses.

    Parameters
    ----------
    loss : int
        ``SOFTMAX``, ``LOGISTIC_OUTPUT`` or ``IDENTITY_OUTPUT`` for the output's own loss, or
        the address of the stage of another.
    z : array of float32 or float64
        Pre-activations of the last layer, replaced by the error.
    at : int
        Place of the first row in ``z``.
    ld : int
        Distance of rows, in numbers.
    rows : int
        Rows of the batch.
    n : int
        Outputs of the network.
    Y : array (n_rows, n) or (n_rows, 1) like z
        A target for each output, or a class number.
    order : array of int64
        Numbers of rows of ``Y`` and ``weights``.
    first : int
        Place of the batch's first row in ``order``.
    weights : array (n_rows,) like z, or empty
        Sample weights; empty if all are 1.
    columns : array (rows * (2 * n + 2),) like z
        Working memory.
    figures : array (2 * rows,) of float64
        Working memory.
    settings : array of float64
        Settings of the loss.
    turned : bool
        True if ``z`` is a turned block (:mod:`fastavg.kernels.network.turned_blocks`).

    Returns
    -------
    float64
        The sum of the losses, each times its sample weight.
    """
    size = n * rows
    # A turned block of whole vectors is the transposed one already.
    same = turned and turned_ld(rows) == rows
    block, targets = z[at : at + size] if same else columns[:size], columns[size : 2 * size]
    top, total = columns[2 * size : 2 * size + rows], columns[2 * size + rows :]
    losses, products = figures[:rows], figures[rows:]
    if not turned:
        transpose(z, at, ld, rows, n, block, 0, rows)
    elif not same:
        take_units(z, at, rows, n, block)
    _fetch_targets(Y, order, first, rows, n, targets)
    if loss == SOFTMAX:
        _softmax_error(block, targets, rows, n, losses, products, top, total)
    elif loss == LOGISTIC_OUTPUT:
        _logistic_error(block, targets, rows, n, losses, products)
    elif loss == IDENTITY_OUTPUT:
        squared_error(block, targets, rows, n, losses, products)
    else:
        call(loss, (block, targets, rows, n, Y.shape[1] == n, losses, products, settings))
    summed = 0.0
    if weights.size:
        for r in range(rows):
            weight = weights[order[first + r]]
            summed += weight * (losses[r] + np.log(products[r]))
            for c in range(n):
                block[c * rows + r] *= weight
    else:
        product = 1.0
        for r in range(rows):
            summed += losses[r]
            product *= products[r]
            if not product < ROOM:
                summed += np.log(product)
                product = 1.0
        summed += np.log(product)
    if not turned:
        transpose(block, 0, rows, n, rows, z, at, ld)
    elif not same:
        give_units(block, rows, n, z, at)
    return summed
