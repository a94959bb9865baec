"""A column's values, written as one or two numbers of every compact row.

All kernels write into columns ``at`` and ``at + 1`` of ``out`` (n_rows, n_numbers), which is
C-contiguous.  A missing number, NaN, becomes 0 everywhere but in the indicator; what a level or
a bin stands for is looked up later (:mod:`fastavg.kernels.tabular.lookups`).
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel

# Values of which the bins are found together; they stay in the first-level cache.
PART = 256


@kernel
def encode_smooth(x, center, factor, limit, out, at):
    """out[i, at] <- z / sqrt(1 + (z / limit)^2) with z = (x - center) factor.

    Parameters
    ----------
    x : array (n_rows,) of float32 or float64
        The column's numbers; NaN where one is missing.
    center : float
        What is subtracted, in the unit of x.
    factor : float
        What the difference is multiplied by, in units of 1 / x.
    limit : float
        Bound of the magnitude of the result; 0 for none: z itself.
    out : array (n_rows, n_numbers) of float32 or float64
        Compact rows; one column is changed in place.
    at : int
        The column.
    """
    inverse = 1.0 / limit if limit > 0.0 else 0.0
    for i in range(len(x)):
        z = (x[i] - center) * factor
        part = z * inverse
        value = z / np.sqrt(1.0 + part * part)
        # NaN alone differs from itself.
        out[i, at] = value if x[i] == x[i] else 0.0


@kernel
def encode_missing(x, out, at):
    """out[i, at] <- 1 where x is missing, else 0.

    Parameters
    ----------
    x : array (n_rows,) of float32 or float64
        The column's numbers; NaN where one is missing.
    out : array (n_rows, n_numbers) of float32 or float64
        Compact rows; one column is changed in place.
    at : int
        The column.
    """
    for i in range(len(x)):
        out[i, at] = 0.0 if x[i] == x[i] else 1.0


@kernel(allocates=True)
def encode_bin(x, edges, inverse, out, at):
    """out[i, at] <- the bin that x lies in, out[i, at + 1] <- its place there, from -1 to 1.

    Beyond the first and the last edge it is the first or the last bin, and -1 or 1; where x is
    missing, -1 and 0.

    Parameters
    ----------
    x : array (n_rows,) of float32 or float64
        The column's numbers; NaN where one is missing.
    edges : array (n_bins + 1,) of float
        Borders of the bins, ascending, in the unit of x.
    inverse : array (n_bins,) of float
        One divided by the width of each bin.
    out : array (n_rows, n_numbers) of float32 or float64
        Compact rows; two columns are changed in place.
    at : int
        The first of the two.
    """
    bins = len(inverse)
    inside = np.empty(PART, np.float64)
    for first in range(0, len(x), PART):
        part = x[first : first + PART]
        # Borders are counted, four in a pass and all values of a part side by side, which is
        # faster than a search for each value.
        own = inside[: len(part)]
        own[:] = 0.0
        k = 1
        while k + 3 < bins:
            a, b, c, d = edges[k], edges[k + 1], edges[k + 2], edges[k + 3]
            for i in range(len(part)):
                own[i] += (
                    (1.0 if part[i] >= a else 0.0) + (1.0 if part[i] >= b else 0.0)
                    + (1.0 if part[i] >= c else 0.0) + (1.0 if part[i] >= d else 0.0)
                )
            k += 4
        while k < bins:
            border = edges[k]
            for i in range(len(part)):
                own[i] += 1.0 if part[i] >= border else 0.0
            k += 1
        for i in range(len(part)):
            value, bin_ = part[i], int(own[i])
            within = (value - edges[bin_]) * inverse[bin_]
            within = within if within > 0.0 else 0.0
            within = within if within < 1.0 else 1.0
            there = value == value
            out[first + i, at] = own[i] if there else -1.0
            out[first + i, at + 1] = 2.0 * within - 1.0 if there else 0.0


@kernel
def encode_level(codes, places, out, at):
    """out[i, at] <- places[codes[i]]; a code of -1, a missing value, is the last of the places.

    Parameters
    ----------
    codes : array (n_rows,) of int
        The level of each row; -1 where it is missing.
    places : array (n_levels + 1,) of int
        The input of each level, counted from the first of the column's, and at last that of a
        missing value; -1 for none.
    out : array (n_rows, n_numbers) of float32 or float64
        Compact rows; one column is changed in place.
    at : int
        The column.
    """
    for i in range(len(codes)):
        out[i, at] = places[codes[i] if codes[i] >= 0 else len(places) - 1]


@kernel
def encode_looked_up(codes, values, out, at):
    """out[i, at] <- values[codes[i]]; a code of -1 is the last of the values.

    Parameters
    ----------
    codes : array (n_rows,) of int
        The level of each row; -1 where it is missing.
    values : array (n_levels + 1,) of float
        The input's value for each level, and at last that for a missing value.
    out : array (n_rows, n_numbers) of float32 or float64
        Compact rows; one column is changed in place.
    at : int
        The column.
    """
    for i in range(len(codes)):
        out[i, at] = values[codes[i] if codes[i] >= 0 else len(values) - 1]
