"""The products of a panel with a worker's rows: outputs, and the gradient of some of its rows.

A full panel of float32 is multiplied in explicit vectors where the processor has wide ones;
its weights lie as those read them.  Other panels are multiplied by BLAS.  Which of the two is
taken follows from panel and processor alone, and a product has the same shape whoever makes it.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.blocks.chunk_mean import nothing_below
from fastavg.kernels.blocks.segments import fill
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import above, grid_of
from fastavg.kernels.network.layout import (
    ERROR,
    ERROR_LD,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    OUT_AT,
    OUT_LD,
    W_AT,
    W_LD,
)
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.numerics.product import product
from fastavg.kernels.vectorized.emitter import WORD_BYTES
from fastavg.kernels.vectorized.float_tiles import ADDED, AS_IT_IS, PANEL, multiply_full
from fastavg.kernels.vectorized.mean_gradient import average_product, begin_notes, extremes
from fastavg.kernels.vectorized.target import has_wide_vectors

WIDE = has_wide_vectors()


@kernel
def in_vectors(panel, itemsize):
    """True if a panel is multiplied in explicit vectors.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        Its row of the table.
    itemsize : int
        Bytes of a number.
    """
    return WIDE and itemsize == WORD_BYTES and panel[FAN_OUT] == PANEL


@kernel
def add_inputs(panel, theta, first, depth, inputs, block, rows, tile):
    """Add what some inputs give to the sums of a panel's outputs; the first ones begin them.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        Its row of the table.
    theta : array (size,) of float32 or float64
        The wide vector.
    first, depth : int
        The first of the inputs, and how many; the layer's last ones may be fewer.
    inputs : array like theta
        These inputs begin at its first number.
    block : array like theta
        The worker's block.
    rows : int
        Rows of the batch.
    tile : array (TILE,) like theta
        Working memory of the matrix products.
    """
    one, zero = theta.dtype.type(1), theta.dtype.type(0)
    depth = min(depth, panel[FAN_IN] - first)
    at, ld = panel[W_AT] + first * panel[W_LD], panel[W_LD]
    if in_vectors(panel, theta.itemsize):
        tile[0] = zero
        target = address_of(block) + WORD_BYTES * panel[OUT_AT]
        multiply_full(
            rows, depth, address_of(inputs), WORD_BYTES * panel[IN_LD], WORD_BYTES,
            address_of(theta) + WORD_BYTES * at, WORD_BYTES * ld, address_of(tile), 0,
            np.float32(1), target, WORD_BYTES * panel[OUT_LD], ADDED if first else AS_IT_IS, target,
        )
        return
    product(
        False, False, rows, panel[FAN_OUT], depth, one, inputs, panel[IN_LD], theta[at:], ld,
        one if first else zero, block[panel[OUT_AT] :], panel[OUT_LD], tile,
    )


@kernel
def unit_gradient(panel, start, stop, inputs, block, rows, total, scratch, gradient):
    """A worker's gradient of a unit, divided by the row weight; zero for a batch without rows.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        The unit's panel.
    start, stop : int
        The rows of its weights.  Biases follow the last one.
    inputs : array of float32 or float64
        The unit's inputs of the worker's rows begin at its first number.
    block : array like inputs
        The worker's block, with the layer's errors.
    rows : int
        Rows of the batch.
    total : float
        Their row weight.
    scratch : Scratch
        Working memory of the process.
    gradient : array like inputs
        Begins with the unit's gradient, overwritten; gaps become zero.
    """
    ld, n, below = panel[W_LD], panel[FAN_OUT], (stop - start) * panel[W_LD]
    if n < ld or rows == 0 or not total > 0:
        fill(gradient[: below + (n if stop == panel[FAN_IN] else 0)], 0.0)
    if rows == 0 or not total > 0:
        return
    zero, scale, tile = gradient.dtype.type(0), gradient.dtype.type(1.0 / total), scratch.tile
    errors, error_ld = block[panel[ERROR] :], panel[ERROR_LD]
    if in_vectors(panel, gradient.itemsize):
        tile[0], factor = zero, np.float32(scale)
        right, target = address_of(errors), address_of(gradient)
        multiply_full(
            stop - start, rows, address_of(inputs), WORD_BYTES, WORD_BYTES * panel[IN_LD], right,
            WORD_BYTES * error_ld, address_of(tile), 0, factor, target, WORD_BYTES * ld,
            AS_IT_IS, 0,
        )
        if stop == panel[FAN_IN]:
            multiply_full(
                1, rows, address_of(scratch.ones), 0, WORD_BYTES, right, WORD_BYTES * error_ld,
                address_of(tile), 0, factor, target + WORD_BYTES * below, WORD_BYTES * ld,
                AS_IT_IS, 0,
            )
        return
    product(
        True, False, stop - start, n, rows, scale, inputs, panel[IN_LD], errors, error_ld, zero,
        gradient, ld, tile,
    )
    if stop == panel[FAN_IN]:
        product(
            False, False, 1, n, rows, scale, scratch.ones, rows, errors, error_ld, zero,
            gradient[below:], n, tile,
        )


@kernel
def average_unit(
    panel, start, stop, inputs, block, rows, total, scratch, shares, noted, gradient
):
    """gradient <- its mean with the second worker's, which :func:`unit_gradient` would give.

    Parameters
    ----------
    panel : array (COLUMNS,) of int64
        The unit's panel, multiplied in explicit vectors (:func:`in_vectors`).
    start, stop, inputs, block, rows, total, scratch
        As for :func:`unit_gradient`, of the second worker, which has rows.
    shares : array (2,) of float64
        Weight of both gradients in the mean (:func:`fastavg.kernels.blocks.chunk_mean.is_light`).
    noted : array (NOTED,) of int32
        Working memory.
    gradient : array like inputs
        Begins with the first worker's gradient of the unit, overwritten.

    Returns
    -------
    bool
        Whether it is the exact mean.
    """
    ld, tile, scale = panel[W_LD], scratch.tile, gradient.dtype.type(1.0 / total)
    tile[0] = gradient.dtype.type(0)
    right, target = address_of(block) + WORD_BYTES * panel[ERROR], address_of(gradient)
    error_ld, zero, notes = WORD_BYTES * panel[ERROR_LD], address_of(tile), address_of(noted)
    begin_notes(shares, noted)
    average_product(
        stop - start, rows, address_of(inputs), WORD_BYTES, WORD_BYTES * panel[IN_LD], right,
        error_ld, zero, scale, target, WORD_BYTES * ld, notes,
    )
    if stop == panel[FAN_IN]:
        average_product(
            1, rows, address_of(scratch.ones), 0, WORD_BYTES, right, error_ld, zero, scale,
            target + WORD_BYTES * (stop - start) * ld, WORD_BYTES * ld, notes,
        )
    highest, lowest = extremes(noted)
    return nothing_below(grid_of(above(highest, WORD_BYTES), WORD_BYTES), lowest, shares)
