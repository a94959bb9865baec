"""The last layer of a network of several submodels: a matrix of its own for each of them.

A batch holds its rows once for each submodel, one submodel after the other; the layer's matrix
has those of the submodels one below the other.
"""

from __future__ import annotations

import numba

from fastavg.kernels.blas.gemm import _gemm as gemm
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import BACKWARD, FORWARD, GRADIENT
from fastavg.kernels.network.layout import (
    COLUMNS,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    INPUT,
    OUT_LD,
    W_LD,
    WEIGHTS,
    WEIGHTS_LD,
    WIDTH,
)
from fastavg.kernels.numerics.addresses import pointer_like

# Where the layer table holds the addresses of inputs and weights, and the number of submodels.
INPUTS_AT, WEIGHTS_AT, SUBMODELS = INPUT, WEIGHTS, WEIGHTS_LD


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    submodels, n, width = layer[SUBMODELS], layer[FAN_OUT], layer[WIDTH]
    in_ld, out_ld, w_ld = layer[IN_LD], layer[OUT_LD], layer[W_LD]
    alone, units = rows // submodels, layer[FAN_IN] // submodels
    weights = numba.carray(
        pointer_like(layer[WEIGHTS_AT], source), (layer[FAN_IN] - 1) * w_ld + width
    )
    inputs = numba.carray(pointer_like(layer[INPUTS_AT], source), rows * in_ld)
    zero, one = type(inputs[0])(0), type(inputs[0])(1)
    if product == FORWARD:
        out = numba.carray(target, rows * out_ld)
        for s in range(submodels):
            at = s * alone
            gemm(
                False, False, alone, width, units, one, inputs[at * in_ld :], in_ld,
                weights[s * units * w_ld :], w_ld, zero, out[at * out_ld :], out_ld,
            )
    elif product == BACKWARD:
        error, handed = numba.carray(source, rows * out_ld), numba.carray(target, rows * in_ld)
        for s in range(submodels):
            at = s * alone
            gemm(
                False, True, alone, units, n, one, error[at * out_ld :], out_ld,
                weights[s * units * w_ld :], w_ld, zero, handed[at * in_ld :], in_ld,
            )
    elif product == GRADIENT:
        # Some rows of the matrix; they may begin in one submodel's part and end in another's.
        error = numba.carray(source, rows * out_ld)
        g = numba.carray(target, (stop - first - 1) * w_ld + width)
        for s in range(first // units, (stop - 1) // units + 1):
            low, high, at = max(first, s * units), min(stop, (s + 1) * units), s * alone
            gemm(
                True, False, high - low, width, alone, scale,
                inputs[at * in_ld + low - s * units :], in_ld, error[at * out_ld :], out_ld, zero,
                g[(low - first) * w_ld :], w_ld,
            )


STAGE = Stage("products", _products, "heads")
