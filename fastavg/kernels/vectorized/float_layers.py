"""The products of a small layer in explicit vectors, called by the training step.

Blocks are turned (:mod:`fastavg.kernels.network.turned_blocks`), so the lanes of all vectors but
the gradient's lie along the rows of the batch.  Operands are read where they lie:

==========  ================================  =======================
product     what is summed                    what is done to the sum
==========  ================================  =======================
outputs     bias + turned weights x inputs    activated
errors      weights x errors                  times derivative
gradient    inputs x turned errors
==========  ================================  =======================
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.activations import LOGISTIC, RELU, TANH
from fastavg.kernels.network.called_products import (
    BACKWARD,
    BIAS_GRADIENT,
    FORWARD,
    GATHER,
    GRADIENT,
    TAKE_ERROR,
)
from fastavg.kernels.network.layout import (
    ACTIVATION,
    B_AT,
    COLUMNS,
    ERROR,
    ERROR_LD,
    FAN_IN,
    FAN_OUT,
    PRODUCTS_AT,
    W_AT,
    W_LD,
)
from fastavg.kernels.network.turned_blocks import turned_ld
from fastavg.kernels.numerics.addresses import address_of, width_of
from fastavg.kernels.numerics.exponential import logistic, tanh
from fastavg.kernels.vectorized.emitter import VECTOR_BYTES
from fastavg.kernels.vectorized.float_chunks import multiply_in_chunks
from fastavg.kernels.vectorized.float_tiles import AS_IT_IS, RELU_OF
from fastavg.kernels.vectorized.float_turning import gather_turned, turn

# The addresses of a number that is 1, and of one that is 0.
ONE, ZERO = PRODUCTS_AT + 1, PRODUCTS_AT + 2
# How the error that is handed back is finished: one of those of the tiles.
HANDED_BACK = PRODUCTS_AT + 3
# The address of memory for a copy of weights, or 0.
COPY = PRODUCTS_AT + 4


@kernel
def activate_sums(code, z):
    """z <- f(z), number by number, where the tiles have not done it.

    Parameters
    ----------
    code : int
        Of the activation, ``IDENTITY`` to ``RELU``.
    z : array of float32 or float64
        Pre-activations with their biases, replaced by the outputs.
    """
    if code == LOGISTIC:
        for i in range(z.size):
            z[i] = logistic(z[i])
    elif code == TANH:
        for i in range(z.size):
            z[i] = tanh(z[i])


@kernel
def clear_after(columns, rows, ld, matrix):
    """Zeros from the last whole vector of some columns on to the end of a cache line of float32.

    Vectors of float64 end before it, and what stood there would be taken for a gradient.

    Parameters
    ----------
    columns : int
        How many the matrix has.
    rows : int
        Its rows.
    ld : int
        Their distance, in numbers.
    matrix : array of float32 or float64
        Begins with its first number.
    """
    lanes = VECTOR_BYTES // matrix.itemsize
    for c in range((columns + lanes - 1) // lanes * lanes, turned_ld(columns)):
        for r in range(rows):
            matrix[r * ld + c] = 0


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    width, zero = width_of(scale), type(scale)(0)
    fan_in, fan_out, w_ld = layer[FAN_IN], layer[FAN_OUT], width * layer[W_LD]
    given, wanted, high = address_of(source), address_of(target), width * turned_ld(rows)
    if product == GATHER:
        gather_turned(given, stop, fan_in, first, rows, wanted, high, zero)
        return
    if product == TAKE_ERROR:
        turn(given, high, fan_out, rows, layer[ERROR], layer[ERROR_LD], zero)
        return
    finish, outputs = AS_IT_IS, 0
    if product in (FORWARD, BACKWARD):
        weights = first + width * layer[W_AT]
        n, right, right_ld, target_ld = rows, given, high, high
        if product == FORWARD:
            m, depth, row_step, depth_step = fan_out, fan_in, width, w_ld
            start, start_step = first + width * layer[B_AT], width
            finish = RELU_OF if layer[ACTIVATION] == RELU else AS_IT_IS
        else:
            m, depth, row_step, depth_step = fan_in, fan_out, w_ld, width
            start, start_step = layer[ZERO], 0
            finish, outputs = layer[HANDED_BACK], stop
        left = weights
    else:
        # The turned error has the columns, and the depth is the batch's rows.
        n, depth, right, right_ld, target_ld = fan_out, rows, layer[ERROR], layer[ERROR_LD], w_ld
        start, start_step = layer[ZERO], 0
        if product == BIAS_GRADIENT:
            m, left, row_step, depth_step = 1, layer[ONE], 0, 0
        else:
            m, left, row_step, depth_step = stop - first, given + first * high, high, width
    multiply_in_chunks(
        m, n, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
        wanted, target_ld, finish, outputs, layer[COPY] if product == FORWARD else 0,
    )
    if product == FORWARD:
        activate_sums(layer[ACTIVATION], numba.carray(target, fan_out * turned_ld(rows)))
    elif product == GRADIENT:
        clear_after(fan_out, m, layer[W_LD], numba.carray(target, m * layer[W_LD]))


STAGE = Stage("products", _products, "vectors")
