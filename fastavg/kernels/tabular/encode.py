"""A column's values, written as one or many inputs of every row.

All kernels write into columns ``at``, ``at + 1``, ... of ``out`` (n_rows, n_inputs), which
is C-contiguous, so that a row's inputs are computed side by side.  A missing number, NaN,
becomes 0 everywhere but in the indicator.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel


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
    out : array (n_rows, n_inputs) of float32 or float64
        All inputs; one column of it is changed in place.
    at : int
        The input's column of ``out``.
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
    out : array (n_rows, n_inputs) of float32 or float64
        All inputs; one column of it is changed in place.
    at : int
        The input's column of ``out``.
    """
    for i in range(len(x)):
        out[i, at] = 0.0 if x[i] == x[i] else 1.0


@kernel
def encode_piecewise(x, edges, inverse, out, at):
    """out[i, at + t] <- 2 clip((x - edges[t]) inverse[t], 0, 1) - 1.

    Parameters
    ----------
    x : array (n_rows,) of float32 or float64
        The column's numbers; NaN where one is missing.
    edges : array (n_bins + 1,) of float
        Borders of the bins, ascending, in the unit of x.
    inverse : array (n_bins,) of float
        One divided by the width of each bin.
    out : array (n_rows, n_inputs) of float32 or float64
        All inputs; ``n_bins`` columns of it are changed in place.
    at : int
        The first of the column's inputs.
    """
    for i in range(len(x)):
        value = x[i]
        known = 1.0 if value == value else 0.0
        value = value if value == value else edges[0]
        for t in range(len(inverse)):
            part = min(max((value - edges[t]) * inverse[t], 0.0), 1.0)
            out[i, at + t] = (2.0 * part - 1.0) * known


@kernel
def encode_levels(codes, places, out, at):
    """out[i, at + places[codes[i]]] <- 1; nothing where the place is -1.

    A code of -1, a missing value, is the last of the places.

    Parameters
    ----------
    codes : array (n_rows,) of int
        The level of each row; -1 where it is missing.
    places : array (n_levels + 1,) of int
        The input of each level, counted from ``at``, and at last that of a missing value; -1
        for none.
    out : array (n_rows, n_inputs) of float32 or float64
        All inputs; the column's are zero, and the ones are written in place.
    at : int
        The first of the column's inputs.
    """
    for i in range(len(codes)):
        place = places[codes[i] if codes[i] >= 0 else len(places) - 1]
        if place >= 0:
            out[i, at + place] = 1.0


@kernel
def encode_looked_up(codes, values, out, at):
    """out[i, at] <- values[codes[i]]; a code of -1 is the last of the values.

    Parameters
    ----------
    codes : array (n_rows,) of int
        The level of each row; -1 where it is missing.
    values : array (n_levels + 1,) of float
        The input's value for each level, and at last that for a missing value.
    out : array (n_rows, n_inputs) of float32 or float64
        All inputs; one column of it is changed in place.
    at : int
        The input's column of ``out``.
    """
    for i in range(len(codes)):
        out[i, at] = values[codes[i] if codes[i] >= 0 else len(values) - 1]
