"""The products of a first layer whose inputs are sparse rows.

The rows lie in memory as ``values`` and ``features``, row after row: what is not zero, and
in which column.  A batch holds no inputs: its input block has for each row where its
entries begin and end, two int64.  A gradient needs the same entries column by column, so
each batch is sorted by counting; within a column its rows stay in their order, so sums
have a fixed order.

==============  ======================================================================
product         what is summed
==============  ======================================================================
outputs         for each row, the weights' rows of its features
gradient        for each feature, the errors of the rows that have it
==============  ======================================================================
"""

from __future__ import annotations

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_products import FORWARD, GRADIENT, PACK_WEIGHTS, TAKE_ERROR
from fastavg.kernels.network.layout import (
    COLUMNS,
    FAN_IN,
    IN_LD,
    OUT_LD,
    PRODUCTS_AT,
    W_LD,
    WIDTH,
)
from fastavg.kernels.numerics.addresses import (
    address_of,
    int32_pointer,
    pointer_like,
)

# What a sparse layer keeps in the columns of the table that other products use for their
# operands.  Addresses: the batch's spans, the entries of all rows, the weights, and the
# batch column by column.
SPANS, VALUES, FEATURES, WEIGHTS, STARTS, PLACES, FACTORS = range(PRODUCTS_AT + 1, PRODUCTS_AT + 8)
# How many entries there are in all rows, and in any batch at most.
ENTRIES, MOST = PRODUCTS_AT + 8, PRODUCTS_AT + 9


@kernel
def sum_rows(target, at, width, matrix, ld, places, factors, first, stop, scale):
    """``target[at : at + width] <- scale * sum of factors[i] * row places[i]``, first <= i < stop.

    Parameters
    ----------
    target : array of float32 or float64
        Overwritten there.
    at : int
        Where the sum goes.
    width : int
        Numbers of a row.
    matrix : array like target
        The rows, one after the other.
    ld : int
        Distance of two rows, in numbers.
    places : array of int32
        Numbers of the rows.
    factors : array like target
        One for each of ``places``.
    first, stop : int
        Which of them are added.
    scale : number like target
        Factor of the sum.
    """
    out = target[at : at + width]
    zero = target.dtype.type(0)
    for c in range(width):
        out[c] = zero
    i = first
    while i + 4 <= stop:
        f0, f1 = scale * factors[i], scale * factors[i + 1]
        f2, f3 = scale * factors[i + 2], scale * factors[i + 3]
        p0, p1, p2, p3 = places[i] * ld, places[i + 1] * ld, places[i + 2] * ld, places[i + 3] * ld
        r0, r1 = matrix[p0 : p0 + width], matrix[p1 : p1 + width]
        r2, r3 = matrix[p2 : p2 + width], matrix[p3 : p3 + width]
        for c in range(width):
            out[c] += (f0 * r0[c] + f1 * r1[c]) + (f2 * r2[c] + f3 * r3[c])
        i += 4
    while i < stop:
        factor, place = scale * factors[i], places[i] * ld
        row = matrix[place : place + width]
        for c in range(width):
            out[c] += factor * row[c]
        i += 1


@kernel
def by_columns(spans, ld, rows, values, features, n_features, starts, places, factors):
    """Sort the entries of a batch by columns, and within a column by rows.

    Parameters
    ----------
    spans : array of int64
        For each row of the batch, where its entries begin and end in ``values``.
    ld : int
        Distance of two rows of ``spans``, in numbers.
    rows : int
        Rows of the batch.
    values : array of float32 or float64
        The entries of all rows.
    features : array of int32
        Their columns.
    n_features : int
        How many columns there are.
    starts : array (n_features + 2,) of int32
        Overwritten: the entries of column c are ``starts[c]`` to ``starts[c + 1]``.
    places : array of int32
        Overwritten: the row of each entry, counted within the batch.
    factors : array like values
        Overwritten: its value.
    """
    for c in range(n_features + 2):
        starts[c] = 0
    for r in range(rows):
        for i in range(spans[r * ld], spans[r * ld + 1]):
            starts[features[i] + 2] += 1
    for c in range(2, n_features + 2):
        starts[c] += starts[c - 1]
    for r in range(rows):
        for i in range(spans[r * ld], spans[r * ld + 1]):
            at = starts[features[i] + 1]
            starts[features[i] + 1] = at + 1
            places[at] = r
            factors[at] = values[i]


def _products(product, table, rows, first, stop, scale, source, target):
    layer = numba.carray(table, COLUMNS)
    n_features, width = layer[FAN_IN], layer[WIDTH]
    out_ld, w_ld = layer[OUT_LD], layer[W_LD]
    if product == PACK_WEIGHTS:
        layer[WEIGHTS] = address_of(source)
        return
    one = numba.carray(source, 1)
    spans_ld = layer[IN_LD] * one.itemsize // 8
    values = numba.carray(pointer_like(layer[VALUES], source), layer[ENTRIES])
    features = numba.carray(int32_pointer(layer[FEATURES]), layer[ENTRIES])
    starts = numba.carray(int32_pointer(layer[STARTS]), n_features + 2)
    places = numba.carray(int32_pointer(layer[PLACES]), layer[MOST])
    factors = numba.carray(pointer_like(layer[FACTORS], source), layer[MOST])
    if product == FORWARD:
        layer[SPANS] = address_of(source)
        spans = numba.carray(pointer_like(layer[SPANS], table), rows * spans_ld)
        weights = numba.carray(pointer_like(layer[WEIGHTS], source), n_features * w_ld)
        out = numba.carray(target, rows * out_ld)
        for r in range(rows):
            sum_rows(
                out, r * out_ld, width, weights, w_ld, features, values, spans[r * spans_ld],
                spans[r * spans_ld + 1], scale,
            )
    elif product == TAKE_ERROR:
        spans = numba.carray(pointer_like(layer[SPANS], table), rows * spans_ld)
        by_columns(
            spans, spans_ld, rows, values, features, n_features, starts, places, factors
        )
    elif product == GRADIENT:
        error = numba.carray(source, rows * out_ld)
        gradient = numba.carray(target, (stop - first) * w_ld)
        for f in range(first, stop):
            sum_rows(
                gradient, (f - first) * w_ld, width, error, out_ld, places, factors, starts[f],
                starts[f + 1], scale,
            )


STAGE = Stage("products", _products, "sparse")
