"""The float32 products of a piece of a full batch, in explicit vectors.

Operands are read where they lie.  The depth is cut so that what a tile of the right operand
meets stays in the first-level cache from one row of tiles to the next; what later parts find is
added.

==========  ================  =======================  ==================
product     left operand      right, in vectors        what is cut
==========  ================  =======================  ==================
outputs     inputs            weights                  the inputs
errors      errors            weights turned           the outputs
gradient    inputs turned     errors                   the piece's rows
==========  ================  =======================  ==================

The inputs of the first layer never change: they lie in chunks of columns
(:mod:`fastavg.kernels.vectorized.input_chunks`).
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import ADD_GRADIENT, BACKWARD, FORWARD
from fastavg.kernels.network.layout import (
    COLUMNS,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    OUT_LD,
    PRODUCTS_AT,
    W_AT,
    W_LD,
)
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.emitter import WORD_BYTES
from fastavg.kernels.vectorized.float_tiles import ADDED, AS_IT_IS, PANEL, multiply
from fastavg.kernels.vectorized.input_chunks import DEPTH, add_gradient_of_chunks, multiply_chunks

# The address of a number that is 0, and the columns of a chunk of the inputs, or 0.
ZERO, CHUNK = PRODUCTS_AT + 1, PRODUCTS_AT + 2


@kernel
def multiply_in_parts(
    rows, columns, depth, left, row_step, depth_step, right, right_ld, zero, scale, target,
    target_ld, added,
):
    """target <- scale * left right, or that is added to it; summed in float32.

    Whole vectors of 16 columns of the right operand are read, and of the product are written.

    Parameters
    ----------
    rows : int
        Rows of the left operand and of the product.
    columns : int
        Columns of the right operand and of the product.
    depth : int
        Columns of the left operand and rows of the right one, at least one.
    left : int64
        Address of the left operand.
    row_step, depth_step : int64
        From one row of it to the next, and from one column to the next, in bytes.
    right : int64
        Address of the right operand, whose rows are contiguous.
    right_ld : int64
        Distance of its rows, in bytes.
    zero : int64
        Address of a number that is 0.
    scale : float32
        Factor of the product.
    target : int64
        Address of the product.
    target_ld : int64
        Distance of its rows, in bytes.
    added : bool
        True adds to the target; False overwrites it.
    """
    parts = (depth + DEPTH - 1) // DEPTH
    deep = (depth + parts - 1) // parts
    for p in range(0, columns, PANEL):
        place = target + WORD_BYTES * p
        for k in range(0, depth, deep):
            multiply(
                rows, min(PANEL, columns - p), min(deep, depth - k), left + k * depth_step,
                row_step, depth_step, right + k * right_ld + WORD_BYTES * p, right_ld, zero, 0,
                scale, place, target_ld, ADDED if added or k else AS_IT_IS, place,
            )


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    fan_in, fan_out, word = layer[FAN_IN], layer[FAN_OUT], WORD_BYTES
    in_ld, out_ld, w_ld = word * layer[IN_LD], word * layer[OUT_LD], word * layer[W_LD]
    given, wanted = address_of(source), address_of(target)
    added = product == ADD_GRADIENT
    chunk = layer[CHUNK]
    if chunk and product == FORWARD:
        multiply_chunks(
            rows, fan_out, fan_in, chunk, given, first + word * layer[W_AT], w_ld, layer[ZERO],
            scale, wanted, out_ld,
        )
        return
    if chunk and added:
        add_gradient_of_chunks(
            rows, fan_out, fan_in, chunk, first, given, out_ld, layer[ZERO], scale, wanted, w_ld
        )
        return
    if product == FORWARD:
        m, n, depth, right, right_ld = rows, fan_out, fan_in, first + word * layer[W_AT], w_ld
        left, row_step, depth_step, target_ld = given, in_ld, word, out_ld
    elif product == BACKWARD:
        m, n, depth, right, right_ld = rows, fan_in, fan_out, first, in_ld
        left, row_step, depth_step, target_ld = given, out_ld, word, in_ld
    else:
        m, n, depth, right, right_ld = fan_in, fan_out, rows, given, out_ld
        left, row_step, depth_step, target_ld = first, word, in_ld, w_ld
    multiply_in_parts(
        m, n, depth, left, row_step, depth_step, right, right_ld, layer[ZERO], scale, wanted,
        target_ld, added,
    )


STAGE = Stage("products", _products, "pieces")
