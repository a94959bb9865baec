"""The weighted mean of the slots, with a result that no order of addition can change.

Adding floating-point numbers in another order gives other bits, and across ranks
nobody's order can be promised.  So every term is first rounded to a grid that is
common to a chunk of weights: a power of two so coarse that sums of grid points are
exact in float64, and so fine (2^-51 of the chunk's largest weight) that float32
weights lose nothing.  Exact sums commute (Demmel and Nguyen, "Parallel
reproducible summation", 2015).
"""

from __future__ import annotations

import math

import numpy as np

from fastavg.kernels.jit import kernel

CHUNK = 2048


@kernel
def chunk_maxima(memory, starts, n, top):
    """top[c] <- the largest magnitude in chunk c of any slot (NaN counts as infinite).

    Slot k is ``memory[starts[k] : starts[k] + n]``.
    """
    for c in range(top.size):
        top[c] = _maximum(memory, starts, c * CHUNK, min(n, (c + 1) * CHUNK))


@kernel
def _maximum(memory, starts, start, stop):
    zero = memory.dtype.type(0)
    top = zero
    bad = zero
    for at in starts:
        row = memory[at + start : at + stop]
        for i in range(row.size):
            size = abs(row[i])
            top = size if size > top else top
            # zero for every finite number, NaN otherwise
            bad += row[i] * zero
    return np.inf if bad != zero else np.float64(top)


@kernel(exact=True)
def _grid(top):
    # 1.5 * 2^52 grid units: adding it pushes a term's bits below the grid out of the
    # significand, subtracting it leaves the rounded term.
    if not (top < np.inf):
        return np.nan
    # A grid below the smallest normal numbers would itself round.
    _, exponent = math.frexp(max(top, 1e-290))
    return math.ldexp(1.5, exponent + 1)


@kernel(exact=True)
def _add_slot(row, share, grid, total):
    if share == 1.0:
        # The only slot there is: nothing to add, so nothing to round.
        grid = 0.0
    for i in range(row.size):
        total[i] += (share * np.float64(row[i]) + grid) - grid


@kernel(exact=True)
def partial_mean(memory, starts, shares, top, out):
    """out <- sum over slots of share times slot, on the grids of ``top``; float64."""
    n = out.size
    for c in range(top.size):
        start, stop = c * CHUNK, min(n, (c + 1) * CHUNK)
        total = out[start:stop]
        total[:] = 0.0
        grid = _grid(top[c])
        for k in range(starts.size):
            if shares[k] != 0.0:
                row = memory[starts[k] + start : starts[k] + stop]
                _add_slot(row, shares[k], grid, total)


@kernel(exact=True)
def mean(memory, starts, shares, out):
    """out <- the weighted mean of all slots: :func:`chunk_maxima` and
    :func:`partial_mean` in one pass over memory.
    """
    n = out.size
    total = np.empty(CHUNK)
    for start in range(0, n, CHUNK):
        stop = min(n, start + CHUNK)
        part = total[: stop - start]
        part[:] = 0.0
        grid = _grid(_maximum(memory, starts, start, stop))
        for k in range(starts.size):
            if shares[k] != 0.0:
                row = memory[starts[k] + start : starts[k] + stop]
                _add_slot(row, shares[k], grid, part)
        for i in range(part.size):
            out[start + i] = part[i]
