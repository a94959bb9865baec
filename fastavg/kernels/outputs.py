"""Outputs of the last layer: prediction, loss, and the loss's slope.

For all three pairs (softmax with cross-entropy, logistic with binary cross-entropy
for each output, identity with half the squared error) the slope with respect to the
last pre-activation is ``prediction - target``.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.exponential import exp
from fastavg.kernels.jit import kernel

SOFTMAX, LOGISTIC_OUTPUT, IDENTITY_OUTPUT = 0, 1, 2
# The logarithm of a product replaces a sum of logarithms; the product is folded
# into the sum before it can overflow.
FOLD = 1e150


@kernel
def _softmax(row):
    top = row[0]
    for c in range(1, row.size):
        # Written so that NaN passes through.
        top = top if row[c] <= top else row[c]
    total = row.dtype.type(0)
    for c in range(row.size):
        row[c] = exp(row[c] - top)
    for c in range(row.size):
        total += row[c]
    scale = row.dtype.type(1) / total
    for c in range(row.size):
        row[c] *= scale
    return np.float64(top), np.float64(total)


@kernel
def predict_output(output, z, at, ld, rows, n):
    """z[r] <- prediction, in place."""
    for r in range(rows):
        row = z[at + r * ld : at + r * ld + n]
        if output == SOFTMAX:
            _softmax(row)
        elif output == LOGISTIC_OUTPUT:
            for c in range(n):
                row[c] = row.dtype.type(1) / (row.dtype.type(1) + exp(-row[c]))


@kernel
def _target(Y, i, c, n):
    # One column of class numbers stands for one-hot rows.
    if Y.shape[1] == n:
        return Y[i, c]
    return Y.dtype.type(1) if np.int64(Y[i, 0]) == c else Y.dtype.type(0)


@kernel
def _softmax_error(row, Y, i, n):
    loss = 0.0
    if Y.shape[1] == n:
        for c in range(n):
            loss -= Y[i, c] * row[c]
        top, total = _softmax(row)
        for c in range(n):
            row[c] -= Y[i, c]
    else:
        label = np.int64(Y[i, 0])
        loss -= row[label]
        top, total = _softmax(row)
        row[label] -= row.dtype.type(1)
    return loss + top, total


@kernel
def _logistic_error(row, scratch, Y, i, n):
    one, zero = row.dtype.type(1), row.dtype.type(0)
    loss = 0.0
    product = 1.0
    for c in range(n):
        # log(1 + exp(z)) - t z = max(z, 0) - t z + log(1 + exp(-|z|))
        scratch[c] = exp(-abs(row[c]))
    for c in range(n):
        z = row[c]
        t = _target(Y, i, c, n)
        e = scratch[c]
        loss += (zero if z < zero else z) - t * z
        product *= 1.0 + e
        if product > FOLD:
            loss += np.log(product)
            product = 1.0
        row[c] = (one if z >= zero else e) / (one + e) - t
    return loss, product


@kernel
def output_error(output, z, at, ld, rows, n, Y, order, first, weights, scratch):
    """z[r] <- weight * (prediction - target); returns the weighted sum of the losses.

    ``order[first + r]`` is the row of ``Y`` (and of ``weights``, unless that is
    empty) that belongs to ``z[r]``.
    """
    loss = 0.0
    product = 1.0
    for r in range(rows):
        row = z[at + r * ld : at + r * ld + n]
        i = order[first + r]
        part = 0.0
        factor = 1.0
        if output == SOFTMAX:
            part, factor = _softmax_error(row, Y, i, n)
        elif output == LOGISTIC_OUTPUT:
            part, factor = _logistic_error(row, scratch, Y, i, n)
        else:
            for c in range(n):
                row[c] -= Y[i, c]
                part += 0.5 * np.float64(row[c]) * np.float64(row[c])
        if weights.size:
            weight = weights[i]
            loss += weight * (part + np.log(factor))
            for c in range(n):
                row[c] *= weight
        else:
            loss += part
            product *= factor
            if not product < FOLD:
                loss += np.log(product)
                product = 1.0
    return loss + np.log(product)
