"""The first layer of a network of a table: rows of its weights are looked up, not multiplied.

A compact row (:mod:`fastavg.kernels.tabular.compact_rows`) says which of a category's inputs is
1: its part of ``x W`` is one row of W.  Of a number's bins those below its own are 1 and those
above -1, so its part is ``Q[k] + e W[k]`` with ``Q[k] = W[first] + ... + W[k - 1] - W[k + 1] - ...
- W[last]``.  So a layer of hundreds of inputs costs two or three rows of W for a column.

The training step calls it as it calls other products
(:mod:`fastavg.kernels.network.called_products`); Q and W stand side by side in memory of its own,
and so do their gradients.
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
    W_LD,
    WEIGHTS,
    WIDTH,
)
from fastavg.kernels.tabular.compact_rows import (
    BIN,
    FIRST,
    KIND,
    LOOKUP_COLUMNS,
    PLACE,
    PLAIN,
    SIZE,
)

# Where the layer table holds the addresses of the table of lookups, of the block of inputs, of
# the packed weights and of their gradient.
LOOKUPS_AT, N_LOOKUPS, INPUTS_AT = INPUT, INPUT_LD, TURNED_INPUT
PACKED_AT, SPREAD_AT = WEIGHTS, TURNED_WEIGHTS

# Rows of weights that are added at once.
AT_ONCE = 4


@kernel
def look_up(lookups, packed, ld, n, inputs, in_ld, rows, outputs, out_ld):
    """outputs <- the products of compact rows and the packed weights.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers of a compact row stand for inputs.
    packed : array (2 * fan_in * ld,) of float32 or float64
        Q[0], W[0], Q[1], W[1], ... of :func:`pack`.
    ld : int
        Distance of two of these rows, in numbers.
    n : int
        Outputs.
    inputs : array (rows * in_ld,) like packed
        Compact rows.
    in_ld : int
        Their distance.
    rows : int
        How many there are.
    outputs : array (rows * out_ld,) like packed
        Overwritten.
    out_ld : int
        Distance of its rows.
    """
    number = packed.dtype.type
    most = 0
    for s in range(lookups.shape[0]):
        most += max(lookups[s, SIZE] if lookups[s, KIND] == PLAIN else 2, 2)
    places, factors = np.zeros(most + AT_ONCE, np.int64), np.zeros(most + AT_ONCE, packed.dtype)
    for r in range(rows):
        x = inputs[r * in_ld :]
        z = outputs[r * out_ld : r * out_ld + n]
        for j in range(n):
            z[j] = number(0)
        found = _rows_of(lookups, ld, x, places, factors)
        for k in range(AT_ONCE):
            # The last of so many at once may be none: rows that are there, times 0.
            places[found + k], factors[found + k] = places[0], number(0)
        for k in range(0, found, AT_ONCE):
            a, b, c, d = places[k], places[k + 1], places[k + 2], places[k + 3]
            _add_rows(
                z, packed[a : a + n], packed[b : b + n], packed[c : c + n], packed[d : d + n],
                factors[k], factors[k + 1], factors[k + 2], factors[k + 3],
            )


@kernel
def _rows_of(lookups, ld, x, places, factors):
    """Where the packed rows of a compact row begin, and their factors; how many there are."""
    one, found = factors.dtype.type(1), 0
    for s in range(lookups.shape[0]):
        kind, first, place = lookups[s, KIND], lookups[s, FIRST], lookups[s, PLACE]
        if kind == PLAIN:
            for t in range(lookups[s, SIZE]):
                places[found], factors[found] = (2 * (first + t) + 1) * ld, x[place + t]
                found += 1
            continue
        chosen = int(x[place])
        if chosen < 0:
            continue
        at = (2 * (first + chosen) + 1) * ld
        places[found], factors[found] = at, one
        found += 1
        if kind == BIN:
            factors[found - 1] = x[place + 1]
            places[found], factors[found] = at - ld, one
            found += 1
    return found


@kernel(inline=True)
def _add_rows(z, a, b, c, d, fa, fb, fc, fd):
    for j in range(z.size):
        z[j] += fa * a[j] + fb * b[j] + fc * c[j] + fd * d[j]


@kernel
def spread(lookups, sums, ld, n, inputs, in_ld, rows, errors, error_ld):
    """sums <- the gradient of W, from compact rows and the errors of the outputs.

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        How the numbers of a compact row stand for inputs.
    sums : array (2 * fan_in * ld,) of float32 or float64
        Overwritten; every second row, from the second on, is the gradient of a row of W.
    ld : int
        Distance of two rows of ``sums``, in numbers.
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
        Distance of its rows.
    """
    number = sums.dtype.type
    most = 0
    for s in range(lookups.shape[0]):
        most += max(lookups[s, SIZE] if lookups[s, KIND] == PLAIN else 2, 2)
    places, factors = np.zeros(most, np.int64), np.zeros(most, sums.dtype)
    for i in range(sums.size):
        sums[i] = number(0)
    for r in range(rows):
        error = errors[r * error_ld : r * error_ld + n]
        found = _rows_of(lookups, ld, inputs[r * in_ld :], places, factors)
        for k in range(found):
            _add_row(sums[places[k] : places[k] + n], error, factors[k])
    above, below = np.zeros(n, sums.dtype), np.zeros(n, sums.dtype)
    for s in range(lookups.shape[0]):
        if lookups[s, KIND] != BIN:
            continue
        first, stop = lookups[s, FIRST], lookups[s, FIRST] + lookups[s, SIZE]
        for j in range(n):
            above[j], below[j] = number(0), number(0)
        for t in range(first, stop):
            _add_row(above, sums[2 * t * ld : 2 * t * ld + n], number(1))
        # A bin's input is 1 in rows of the bins above it, and -1 in those of the bins below.
        for t in range(first, stop):
            own, at = sums[2 * t * ld : 2 * t * ld + n], (2 * t + 1) * ld
            _move_on(above, below, own, sums[at : at + n])


@kernel(inline=True)
def _add_row(target, source, factor):
    for j in range(target.size):
        target[j] += factor * source[j]


@kernel(inline=True)
def _move_on(above, below, own, gradient):
    for j in range(own.size):
        rest = above[j] - own[j]
        gradient[j] += rest - below[j]
        above[j] = rest
        below[j] += own[j]


@kernel
def pack(lookups, weights, ld, fan_in, n, packed):
    """packed <- Q[0], W[0], Q[1], W[1], ...

    Parameters
    ----------
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64
        Says which inputs are bins, which alone have a Q.
    weights : array (fan_in * ld,) of float32 or float64
        W; the last row may end after ``n`` numbers.
    ld : int
        Distance of the rows of ``weights`` and of ``packed``, in numbers.
    fan_in : int
        Inputs of the layer.
    n : int
        Outputs.
    packed : array (2 * fan_in * ld,) like weights
        Overwritten.
    """
    for t in range(fan_in):
        _copy(weights[t * ld : t * ld + n], packed[(2 * t + 1) * ld : (2 * t + 1) * ld + n])
    for s in range(lookups.shape[0]):
        if lookups[s, KIND] != BIN:
            continue
        first, stop = lookups[s, FIRST], lookups[s, FIRST] + lookups[s, SIZE]
        lowest = packed[2 * first * ld : 2 * first * ld + n]
        for j in range(n):
            lowest[j] = 0
        for t in range(first + 1, stop):
            _add_row(lowest, weights[t * ld : t * ld + n], weights.dtype.type(-1))
        # From each bin to the next both bins' weights change sides.
        for t in range(first + 1, stop):
            before = 2 * (t - 1) * ld
            _change_sides(
                packed[before : before + n], packed[before + ld : before + ld + n],
                weights[t * ld : t * ld + n], packed[2 * t * ld : 2 * t * ld + n],
            )


@kernel(inline=True)
def _copy(source, target):
    for j in range(target.size):
        target[j] = source[j]


@kernel(inline=True)
def _change_sides(last, left, right, target):
    for j in range(target.size):
        target[j] = last[j] + left[j] + right[j]


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
    lookups = numba.carray(
        pointer_at(layer[LOOKUPS_AT], table), (layer[N_LOOKUPS], LOOKUP_COLUMNS)
    )
    size = 2 * fan_in * ld
    packed = numba.carray(pointer_at(layer[PACKED_AT], source), size)
    if product == FORWARD:
        look_up(
            lookups, packed, ld, n, numba.carray(source, rows * in_ld), in_ld, rows,
            numba.carray(target, rows * out_ld), out_ld,
        )
        return
    if product == PACK_WEIGHTS:
        if stop == fan_in:
            # A number's bins may have been updated in two parts.
            pack(lookups, numba.carray(source, fan_in * ld), ld, fan_in, n, packed)
        return
    sums = numba.carray(pointer_at(layer[SPREAD_AT], source), size)
    if product == TAKE_ERROR:
        inputs = numba.carray(pointer_at(layer[INPUTS_AT], source), rows * in_ld)
        spread(
            lookups, sums, ld, n, inputs, in_ld, rows, numba.carray(source, rows * out_ld), out_ld
        )
    elif product == GRADIENT:
        g = numba.carray(target, (stop - first) * ld)
        for t in range(first, stop):
            at, wide = (t - first) * ld, ld if t + 1 < stop else layer[WIDTH]
            for j in range(n):
                g[at + j] = scale * sums[(2 * t + 1) * ld + j]
            for j in range(n, wide):
                g[at + j] = 0


STAGE = Stage("products", _products, "lookups")
