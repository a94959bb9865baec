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

    A limit of 0 stands for none: z itself.
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
    """out[i, at] <- 1 where x is missing, else 0."""
    for i in range(len(x)):
        out[i, at] = 0.0 if x[i] == x[i] else 1.0


@kernel
def encode_piecewise(x, edges, inverse, out, at):
    """out[i, at + t] <- 2 clip((x - edges[t]) inverse[t], 0, 1) - 1."""
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
    """
    for i in range(len(codes)):
        place = places[codes[i] if codes[i] >= 0 else len(places) - 1]
        if place >= 0:
            out[i, at + place] = 1.0


@kernel
def encode_looked_up(codes, values, out, at):
    """out[i, at] <- values[codes[i]]; a code of -1 is the last of the values."""
    for i in range(len(codes)):
        out[i, at] = values[codes[i] if codes[i] >= 0 else len(values) - 1]
