"""The first layer of a network of a table: rows of its weights are looked up, not multiplied.

A compact row (:mod:`fastavg.kernels.tabular.compact_rows`) says which of a category's inputs is
1: its part of ``x W`` is one row of W.  Of a number's bins those before its own are 1 and those
after it -1, so its part is ``Q[k] + e W[k]`` with ``Q[k] = W[first] + ... + W[k - 1] - W[k + 1]
- ... - W[last]``.  So a layer of hundreds of inputs costs two or three rows of W for a column.

.. code-block:: text

    32 outputs --> column 1: its weights, Q --> all rows of the batch
                   column 2: its weights, Q --> all rows of the batch
                   ...
    the next 32 outputs, and so on

In this order a column's weights stay in the first-level cache
(:mod:`fastavg.kernels.tabular.lookup_vectors`), and Q is never in memory as a whole.  A number
and its bins are taken in one pass.  The training step calls it as it calls other products
(:mod:`fastavg.kernels.network.called_products`).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba import types
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import FORWARD, GRADIENT, PACK_WEIGHTS, TAKE_ERROR
from fastavg.kernels.network.layout import (
    COLUMNS,
    FAN_IN,
    FAN_OUT,
    IN_LD,
    INPUT,
    INPUT_LD,
    OUT_LD,
    TURNED_INPUT,
    TURNED_WEIGHTS,
    TURNED_WEIGHTS_LD,
    W_LD,
    WEIGHTS,
    WIDTH,
)
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.tabular.compact_rows import (
    BIN,
    FIRST,
    KIND,
    LEVEL,
    LOOKUP_COLUMNS,
    PLACE,
    PLAIN,
    SIZE,
)
from fastavg.kernels.tabular.lookup_vectors import loops_of
from fastavg.kernels.vectorized.emitter import DOUBLE, FLOAT, LANES

# Where the layer table holds the addresses of the table of lookups, of the block of inputs, of
# the weights, and of their gradient with the distance of its rows in numbers.
LOOKUPS_AT, N_LOOKUPS, INPUTS_AT = INPUT, INPUT_LD, TURNED_INPUT
WEIGHTS_AT, SPREAD_AT, SPREAD_LD = WEIGHTS, TURNED_WEIGHTS, TURNED_WEIGHTS_LD

# Outputs that are computed together.
TILE = 2 * LANES
LINE_BYTES = 64
# A bin's input in rows of the bins before it.
BELOW = -1


@kernel
def _scaled(lookups, s):
    """True for bins that take the plain number before them along."""
    if s < 1 or s >= lookups.shape[0] or lookups[s, KIND] != BIN:
        return False
    return lookups[s - 1, KIND] == PLAIN


def _tile(number: Any, vectors: int) -> tuple[Any, Any]:
    """What all columns add to a tile's outputs, and the gradient of its weights."""
    loops = loops_of(number, vectors)
    add_plain, add_levels, add_bins = loops.add_plain, loops.add_levels, loops.add_bins
    sum_plain, sum_levels, sum_bins = loops.sum_plain, loops.sum_levels, loops.sum_bins
    add_scaled, sum_scaled = loops.add_scaled, loops.sum_scaled
    pack_bins, unpack_bins = loops.pack_bins, loops.unpack_bins
    size, wide = (4 if number == FLOAT else 8), vectors * LANES

    @kernel(cached=False)
    def add(lookups, x, in_ld, rows, w, w_ld, left, z, out_ld, piece):
        at = address_of(piece)
        for s in range(lookups.shape[0]):
            kind, count = lookups[s, KIND], lookups[s, SIZE]
            own, first = x + size * lookups[s, PLACE], w + w_ld * lookups[s, FIRST]
            if kind == PLAIN:
                alone = count - int(_scaled(lookups, s + 1))
                add_plain(own, in_ld, alone, rows, first, w_ld, left, z, out_ld)
            elif kind == LEVEL:
                add_levels(own, in_ld, rows, first, w_ld, at, left, z, out_ld)
            else:
                pack_bins(first, w_ld, count, BELOW, left, at)
                if _scaled(lookups, s):
                    add_scaled(own - size, in_ld, rows, first - w_ld, left, at, z, out_ld)
                else:
                    add_bins(own, in_ld, rows, at, z, out_ld)

    @kernel(cached=False)
    def gather(lookups, x, in_ld, rows, g, g_ld, error, error_ld, piece):
        at = address_of(piece)
        for s in range(lookups.shape[0]):
            kind, count = lookups[s, KIND], lookups[s, SIZE]
            own, first = x + size * lookups[s, PLACE], g + g_ld * lookups[s, FIRST]
            if kind == PLAIN:
                alone = count - int(_scaled(lookups, s + 1))
                sum_plain(own, in_ld, alone, rows, first, g_ld, error, error_ld)
            elif kind == LEVEL:
                sum_levels(own, in_ld, rows, first, g_ld, at, error, error_ld)
            else:
                piece[: 2 * wide * (count + 1)] = 0
                if _scaled(lookups, s):
                    sum_scaled(own - size, in_ld, rows, first - g_ld, at, error, error_ld)
                else:
                    sum_bins(own, in_ld, rows, at, error, error_ld)
                unpack_bins(at, count, BELOW, first, g_ld)

    return add, gather


_add_32, _gather_32 = _tile(FLOAT, 2)
_add_16, _gather_16 = _tile(FLOAT, 1)
_add_32_double, _gather_32_double = _tile(DOUBLE, 2)
_add_16_double, _gather_16_double = _tile(DOUBLE, 1)


@kernel(allocates=True)
def _piece(lookups, like):
    """Memory for the bins of one column, and zeros before them."""
    most = 0
    for s in range(lookups.shape[0]):
        if lookups[s, KIND] != PLAIN and lookups[s, KIND] != LEVEL:
            most = max(most, lookups[s, SIZE])
    size, line = 2 * TILE * (most + 1), LINE_BYTES // like.itemsize
    room = np.zeros(size + line, like.dtype)
    # Vectors on cache lines of their own: half of them would lie on two.
    first = -address_of(room) % LINE_BYTES // like.itemsize
    return room[first : first + size]


@kernel(allocates=True)
def look_up(lookups, weights, ld, n, inputs, in_ld, rows, outputs, out_ld):
    """outputs <- the products of compact rows and the weights.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers of a compact row stand for inputs.
    weights : array (fan_in * ld,) of float32 or float64
        W; the last row may end after ``n`` numbers.
    ld : int
        Distance of two of its rows, in numbers.
    n : int
        Outputs.
    inputs : array (rows * in_ld,) like weights
        Compact rows.
    in_ld : int
        Their distance.
    rows : int
        How many there are.
    outputs : array (rows * out_ld,) like weights
        Overwritten, in whole vectors of 16: zeros follow the ``n``-th output.
    out_ld : int
        Distance of its rows, a multiple of 16.
    """
    piece, size = _piece(lookups, weights), weights.itemsize
    x, w, z = address_of(inputs), address_of(weights), address_of(outputs)
    wide = (n + LANES - 1) // LANES * LANES
    for r in range(rows):
        outputs[r * out_ld : r * out_ld + wide] = 0
    for c in range(0, n, TILE):
        # The row of zeros of the tile before, whose bins may have been fewer.
        piece[: 2 * TILE] = 0
        if size == 4 and n - c > LANES:
            _add_32(lookups, x, 4 * in_ld, rows, w + 4 * c, 4 * ld, n - c, z + 4 * c, 4 * out_ld,
                    piece)
        elif size == 4:
            _add_16(lookups, x, 4 * in_ld, rows, w + 4 * c, 4 * ld, n - c, z + 4 * c, 4 * out_ld,
                    piece)
        elif n - c > LANES:
            _add_32_double(lookups, x, 8 * in_ld, rows, w + 8 * c, 8 * ld, n - c, z + 8 * c,
                           8 * out_ld, piece)
        else:
            _add_16_double(lookups, x, 8 * in_ld, rows, w + 8 * c, 8 * ld, n - c, z + 8 * c,
                           8 * out_ld, piece)


@kernel(allocates=True)
def spread(lookups, sums, ld, n, inputs, in_ld, rows, errors, error_ld):
    """sums <- the gradient of W, from compact rows and the errors of the outputs.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers of a compact row stand for inputs.
    sums : array (fan_in * ld,) of float32 or float64
        Overwritten in whole vectors of 16; what follows the ``n``-th number of a row means nothing.
    ld : int
        Distance of two rows of ``sums``, in numbers, a multiple of 16.
    n : int
        Outputs.
    inputs : array (rows * in_ld,) like sums
        Compact rows.
    in_ld : int
        Their distance.
    rows : int
        How many there are.
    errors : array (rows * error_ld,) like sums
        The outputs' errors.
    error_ld : int
        Distance of its rows, a multiple of 16.
    """
    piece, size = _piece(lookups, sums), sums.itemsize
    x, g, error = address_of(inputs), address_of(sums), address_of(errors)
    for s in range(lookups.shape[0]):
        if lookups[s, KIND] == LEVEL:
            first = lookups[s, FIRST]
            sums[first * ld : (first + lookups[s, SIZE]) * ld] = 0
    for c in range(0, n, TILE):
        if size == 4 and n - c > LANES:
            _gather_32(lookups, x, 4 * in_ld, rows, g + 4 * c, 4 * ld, error + 4 * c,
                       4 * error_ld, piece)
        elif size == 4:
            _gather_16(lookups, x, 4 * in_ld, rows, g + 4 * c, 4 * ld, error + 4 * c,
                       4 * error_ld, piece)
        elif n - c > LANES:
            _gather_32_double(lookups, x, 8 * in_ld, rows, g + 8 * c, 8 * ld, error + 8 * c,
                              8 * error_ld, piece)
        else:
            _gather_16_double(lookups, x, 8 * in_ld, rows, g + 8 * c, 8 * ld, error + 8 * c,
                              8 * error_ld, piece)


@intrinsic
def pointer_at(typingctx: Any, address: Any, like: Any) -> Any:
    """A pointer to an address.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    address : int64
        The address, in bytes.
    like : pointer
        A pointer to numbers of the same type.

    Returns
    -------
    pointer
        To what stands at the address.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.inttoptr(values[0], context.get_value_type(signature.return_type))

    return like(types.int64, like), generate


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    fan_in, n, ld = layer[FAN_IN], layer[FAN_OUT], layer[W_LD]
    in_ld, out_ld = layer[IN_LD], layer[OUT_LD]
    if product == PACK_WEIGHTS:
        # They are looked up where they lie.
        layer[WEIGHTS_AT] = address_of(source)
        return
    lookups = numba.carray(
        pointer_at(layer[LOOKUPS_AT], table), (layer[N_LOOKUPS], LOOKUP_COLUMNS)
    )
    if product == FORWARD:
        look_up(
            lookups, numba.carray(pointer_at(layer[WEIGHTS_AT], source), fan_in * ld), ld, n,
            numba.carray(source, rows * in_ld), in_ld, rows,
            numba.carray(target, rows * out_ld), out_ld,
        )
        return
    sums_ld = layer[SPREAD_LD]
    sums = numba.carray(pointer_at(layer[SPREAD_AT], source), fan_in * sums_ld)
    if product == TAKE_ERROR:
        inputs = numba.carray(pointer_at(layer[INPUTS_AT], source), rows * in_ld)
        spread(
            lookups, sums, sums_ld, n, inputs, in_ld, rows, numba.carray(source, rows * out_ld),
            out_ld,
        )
    elif product == GRADIENT:
        g = numba.carray(target, (stop - first) * ld)
        for t in range(first, stop):
            at, wide = (t - first) * ld, ld if t + 1 < stop else layer[WIDTH]
            # Slices: an index that is a sum may be negative for all that the compiler knows, and
            # numbers would be fetched one by one.
            own, found = g[at : at + wide], sums[t * sums_ld : t * sums_ld + n]
            for j in range(n):
                own[j] = scale * found[j]
            own[n:] = 0


STAGE = Stage("products", _products, "lookups")
