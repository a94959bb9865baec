"""The exact mean of one chunk, whose numbers lie in segments of wider vectors.

It has the bits of :func:`fastavg.kernels.means.exact.mean`.  Two slots of float32 with
shares such as 1/2 mostly need no rounding to the grid, since none of their numbers has a
bit below it: then one rounded sum is the exact mean already, at a third of the cost.
"""

from __future__ import annotations

import math

import numpy as np

from fastavg.kernels.blocks.segments import LENGTH, WIDE_AT, copy
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import above, add_slots, grid_of
from fastavg.kernels.numerics.float_bits import larger, least, magnitude

FRACTION_BITS = 23


@kernel
def is_light(shares, itemsize):
    """True for two slots of float32 whose shares are powers of two.

    Parameters
    ----------
    shares : array (slots,) of float64
        Weight of each slot in the mean.
    itemsize : int
        Bytes of a number of the slots: 4 or 8.

    Returns
    -------
    bool
        Whether :func:`chunk_mean` may try a rounded sum first.
    """
    if itemsize != 4 or shares.size != 2:
        return False
    return math.frexp(shares[0])[0] == 0.5 and math.frexp(shares[1])[0] == 0.5


@kernel(exact=True)
def _add_two(bits, numbers, starts, shares, at, target):
    # The sum, the highest magnitude, and the least that is not zero, less one.
    n = target.size
    a, b = bits[starts[0] + at :][:n], bits[starts[1] + at :][:n]
    x, y = numbers[starts[0] + at :][:n], numbers[starts[1] + at :][:n]
    one = numbers.dtype.type
    s, t, zero = one(shares[0]), one(shares[1]), one(0)
    highest, lowest = bits.dtype.type(0), bits.dtype.type(-1)
    for i in range(n):
        left, right = magnitude(a[i]), magnitude(b[i])
        # Zero is added because the mean of two negative zeros is a positive one.
        target[i] = (x[i] * s + y[i] * t) + zero
        highest = larger(highest, larger(left, right))
        lowest = least(least(lowest, left), right)
    return highest, lowest


@kernel
def nothing_below(grid, lowest, shares):
    """Whether the last bit of the least number, times its share, is on the grid of a light mean.

    Parameters
    ----------
    grid : float
        The mean's grid; NaN if a number is not finite.
    lowest : int32
        The bits of the least magnitude that is not zero, less one; -1 if there is none.
    shares : array (2,) of float64
        Weight of each slot in the mean; :func:`is_light`.
    """
    if not grid < np.inf:
        return False
    if lowest == -1:
        return True
    exponent = ((np.int64(lowest) + 1) >> FRACTION_BITS) + min(
        math.frexp(shares[0])[1], math.frexp(shares[1])[1]
    ) - 1
    unit = math.frexp(grid)[1] - 53
    return exponent >= 1 and exponent - 127 - FRACTION_BITS >= unit


@kernel
def light_mean(bits, numbers, starts, shares, at, target):
    """target <- the exact mean of two slots, chunk by chunk, if one rounded sum is that already.

    Parameters
    ----------
    bits : array of int32
        The memory of all slots as whole numbers (``float_bits``).
    numbers : array of float32
        The same memory as floating-point numbers.
    starts : array (2,) of int64
        Where each slot begins in ``bits``.
    shares : array (2,) of float64
        Weight of each slot in the mean; :func:`is_light`.
    at : int
        Where the numbers begin in each slot.
    target : array like numbers
        The mean, overwritten; of any number of chunks.

    Returns
    -------
    bool
        Whether it is the exact mean.  No chunk has a coarser grid than all numbers together.
    """
    highest, lowest = _add_two(bits, numbers, starts, shares, at, target)
    grid = grid_of(above(highest, bits.itemsize), bits.itemsize)
    return nothing_below(grid, lowest, shares)


@kernel(exact=True)
def _add_segments(bits, starts, shares, table, low, high, grid, total, chunk):
    highest, at = bits.dtype.type(0), 0
    for s in range(low, high):
        n = table[s, LENGTH]
        highest = larger(highest, add_slots(
            bits, starts, shares, table[s, WIDE_AT], grid, total[at : at + n], chunk[at : at + n],
        ))
        at += n
    return highest


@kernel(exact=True, apart=True)
def chunk_mean(bits, numbers, starts, shares, light, table, low, high, grid, total, chunk):
    """chunk <- the mean of the slots in segments ``low`` to ``high``, one after the other.

    Parameters
    ----------
    bits : array of int32 or int64
        The memory of all slots as whole numbers (``float_bits``).
    numbers : array of float32 or float64
        The same memory as floating-point numbers.
    starts : array (slots,) of int64
        Where each slot begins in ``bits``.
    shares : array (slots,) of float64
        Weight of each slot in the mean.
    light : bool
        ``is_light`` of the shares.
    table : array (segments, 3) of int64
        Where the segments lie (:class:`fastavg.kernels.blocks.segments.Segments`).
    low, high : int
        The first segment, and the one after the last.
    grid : float
        Which grid to try first: that of the chunk before.
    total : array of float64
        Working memory for as many numbers as ``chunk``.
    chunk : array like numbers
        The mean, overwritten; as long as the segments together.

    Returns
    -------
    float
        The chunk's grid; NaN if a number is not finite.
    """
    itemsize = bits.itemsize
    if light:
        highest, lowest, at = bits.dtype.type(0), bits.dtype.type(-1), 0
        for s in range(low, high):
            n = table[s, LENGTH]
            top, bottom = _add_two(
                bits, numbers, starts, shares, table[s, WIDE_AT], chunk[at : at + n]
            )
            # A number that is higher than -1 as a signed one is lower as an unsigned one.
            highest, at = larger(highest, top), at + n
            if bottom != -1 and (lowest == -1 or bottom < lowest):
                lowest = bottom
        grid = grid_of(above(highest, itemsize), itemsize)
        if nothing_below(grid, lowest, shares):
            return grid
    # Neighbours nearly always have the same grid: the slots are then read once.
    highest = _add_segments(bits, starts, shares, table, low, high, grid, total, chunk)
    own = grid_of(above(highest, itemsize), itemsize)
    if own != grid:
        _add_segments(bits, starts, shares, table, low, high, own, total, chunk)
    return own


@kernel
def put_into_slots(slots, starts, table, low, high, chunk):
    """Every slot's segments ``low`` to ``high`` <- chunk.

    Parameters
    ----------
    slots : array of float32 or float64
        The memory of all slots, changed in place.
    starts : array (slots,) of int64
        Where each slot begins in ``slots``.
    table : array (segments, 3) of int64
        Where the segments lie (:class:`fastavg.kernels.blocks.segments.Segments`).
    low, high : int
        The first segment, and the one after the last.
    chunk : array like slots
        The numbers of the segments, one segment after the other.
    """
    at = 0
    for s in range(low, high):
        n, wide_at = table[s, LENGTH], table[s, WIDE_AT]
        source = chunk[at : at + n]
        for start in starts:
            copy(source, slots[start + wide_at : start + wide_at + n])
        at += n
