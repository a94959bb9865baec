"""Losses of classes that the training kernels call: smoothed cross-entropy, and the hinge."""

from __future__ import annotations

import numba
import numpy as np

from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.outputs import _logistic_error, _softmax_error


def _smooth_softmax(z, targets, rows, n, whole, losses, products, settings):
    # Behind the targets there is room for two more columns.
    block, wanted = numba.carray(z, rows * n), numba.carray(targets, rows * (n + 2))
    number = type(block[0])
    smoothing = number(numba.carray(settings, 1)[0])
    for i in range(rows * n):
        wanted[i] = wanted[i] * (number(1) - smoothing) + smoothing / number(n)
    _softmax_error(
        block, wanted, rows, n, numba.carray(losses, rows), numba.carray(products, rows),
        wanted[rows * n : rows * (n + 1)], wanted[rows * (n + 1) :],
    )


def _smooth_logistic(z, targets, rows, n, whole, losses, products, settings):
    block, wanted = numba.carray(z, rows * n), numba.carray(targets, rows * n)
    number = type(block[0])
    smoothing = number(numba.carray(settings, 1)[0])
    for i in range(rows * n):
        wanted[i] = wanted[i] * (number(1) - smoothing) + smoothing / number(2)
    _logistic_error(
        block, wanted, rows, n, numba.carray(losses, rows), numba.carray(products, rows)
    )


def _hinge(z, targets, rows, n, whole, losses, products, settings):
    block, wanted = numba.carray(z, rows * n), numba.carray(targets, rows * (n + 2))
    sums, factors = numba.carray(losses, rows), numba.carray(products, rows)
    number = type(block[0])
    zero, one, two = number(0), number(1), number(2)
    squared = numba.carray(settings, 1)[0] != 0
    sums[:] = 0
    factors[:] = 1
    if whole:
        # Every output decides for itself between -1 and 1.
        for i in range(rows * n):
            side = two * wanted[i] - one
            short = one - side * block[i]
            short = zero if short < zero else short
            if squared:
                sums[i % rows] += np.float64(short) * np.float64(short)
                block[i] = -two * side * short
            else:
                sums[i % rows] += np.float64(short)
                block[i] = -side if short > zero else short
        return
    best, right = wanted[rows * n : rows * (n + 1)], wanted[rows * (n + 1) :]
    best[:rows] = -np.inf
    right[:rows] = 0
    for c in range(n):
        column, target = block[c * rows : (c + 1) * rows], wanted[c * rows : (c + 1) * rows]
        for r in range(rows):
            other = column[r] if target[r] == zero else number(-np.inf)
            best[r] = best[r] if other <= best[r] else other
            # Zero times NaN is NaN, so that one in any column is seen.
            right[r] += target[r] * column[r]
    for r in range(rows):
        short = one + best[r] - right[r]
        short = zero if short < zero else short
        push = one if short > zero else short
        if squared:
            push = two * short
        sums[r] = short * short if squared else short
        rival = -1
        for c in range(n):
            if wanted[c * rows + r] == zero and block[c * rows + r] == best[r] and rival < 0:
                rival = c
        for c in range(n):
            mine = push if c == rival else zero
            block[c * rows + r] = -push if wanted[c * rows + r] != zero else mine


STAGES = {
    "smooth_softmax": Stage("loss", _smooth_softmax, "smooth_softmax"),
    "smooth_logistic": Stage("loss", _smooth_logistic, "smooth_logistic"),
    "hinge": Stage("loss", _hinge, "hinge"),
}
