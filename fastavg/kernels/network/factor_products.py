"""Factors of units: the activation ``f + (a - 1) (f - z)`` as a layer of its own.

.. code-block:: text

    inputs --> z = x W + b --> a layer of the table     no activation
           --> f + (a - 1) (f - z) --> the next one     no weights; its biases stand for a

The training step calls it as it calls other products
(:mod:`fastavg.kernels.network.called_products`), and f by its address as it does with other
activations.  What stands in the vector is ``s`` with ``a = 1 + RATE s``, and what an optimizer
gets is the derivative with respect to a: so a is trained with ``RATE`` times the learning rate.
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.stages import Stage, call
from fastavg.kernels.network.called_products import BACKWARD, BIAS_GRADIENT, FORWARD
from fastavg.kernels.network.layout import (
    B_AT,
    CALLED_AT,
    COLUMNS,
    FAN_OUT,
    IN_AT,
    IN_LD,
    INPUT,
    KEPT_AT,
    OUT_AT,
    OUT_LD,
    WEIGHTS,
)
from fastavg.kernels.numerics.addresses import pointer_like

# Where the layer table holds the addresses of f - z and of the derivatives of f, for all rows of
# a batch as far apart as those of the outputs; 0 where nothing comes back.
DIFFERENCES_AT, SLOPES_AT = INPUT, WEIGHTS
RATE = 0.1


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    n, ld, in_ld = layer[FAN_OUT], layer[OUT_LD], layer[IN_LD]
    trains = layer[SLOPES_AT] != 0
    given = numba.carray(source, rows * max(ld, in_ld))
    number, item = type(given[0]), given.itemsize
    one, rate = number(1), number(RATE)
    # Without training neither is touched.
    apart = numba.carray(pointer_like(layer[DIFFERENCES_AT], source), rows * ld)
    slopes = numba.carray(pointer_like(layer[SLOPES_AT], source), rows * ld)
    if product == FORWARD:
        stored = numba.carray(pointer_like(first + item * layer[B_AT], source), n)
        out = numba.carray(target, rows * ld)
        for r in range(rows):
            z, f = given[r * in_ld : r * in_ld + n], out[r * ld : r * ld + n]
            for c in range(n):
                f[c] = 0
            # To zeros z is added as biases are.
            call(layer[CALLED_AT], (f, ld, 1, n, z, slopes[r * ld :], trains))
            if trains:
                kept = apart[r * ld : r * ld + n]
                for c in range(n):
                    kept[c] = f[c] - z[c]
            for c in range(n):
                f[c] += rate * stored[c] * (f[c] - z[c])
    elif product == BACKWARD:
        stored = numba.carray(pointer_like(first + item * layer[B_AT], source), n)
        handed = numba.carray(target, rows * in_ld)
        if layer[KEPT_AT] != layer[OUT_AT]:
            # The inputs are at ``stop``; beyond them lies what dropout has left of a one.
            drops = numba.carray(
                pointer_like(stop + item * (layer[KEPT_AT] - layer[IN_AT]), source), rows * ld
            )
            for r in range(rows):
                error, left = given[r * ld : r * ld + n], drops[r * ld : r * ld + n]
                for c in range(n):
                    error[c] *= left[c]
        for r in range(rows):
            error, slope = given[r * ld : r * ld + n], slopes[r * ld : r * ld + n]
            back = handed[r * in_ld : r * in_ld + n]
            for c in range(n):
                back[c] = error[c] * (slope[c] + rate * stored[c] * (slope[c] - one))
    elif product == BIAS_GRADIENT:
        g = numba.carray(target, n)
        for c in range(n):
            g[c] = 0
        for r in range(rows):
            error, kept = given[r * ld : r * ld + n], apart[r * ld : r * ld + n]
            for c in range(n):
                g[c] += error[c] * kept[c]
        for c in range(n):
            g[c] *= scale


STAGE = Stage("products", _products, "factors")
