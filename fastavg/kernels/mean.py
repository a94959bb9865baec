"""The weighted mean of the slots, with a result that no order of addition can change.

Adding floating-point numbers in another order gives other bits, and across ranks
nobody's order can be promised.  So every term is first rounded to a grid that is
common to a chunk of weights: a power of two so coarse that sums of grid points are
exact in float64, and so fine (2^-43 of the chunk's largest weight in float32, 2^-51
in float64) that nothing is lost.  Exact sums commute (Demmel and Nguyen, "Parallel
reproducible summation", 2015).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from fastavg.kernels.jit import kernel

CHUNK = 512
COARSE = 8
# Slots that are read side by side.
GROUP = 4


@kernel
def chunk_maxima(memory, starts, n, top):
    """top[c] <- the power of two above every magnitude in chunk c of any slot.

    Slot k is ``memory[starts[k] : starts[k] + n]``.  NaN counts as infinite.
    """
    bits = _bits(memory)
    for c in range(top.size):
        start, stop = c * CHUNK, min(n, (c + 1) * CHUNK)
        top[c] = _above(_highest(bits, starts, start, stop), bits.itemsize)


def _bits(memory: Any) -> Any:
    return memory.view(np.int32 if memory.itemsize == 4 else np.int64)


@overload(_bits)
def _bits_in_numba(memory):
    if memory.dtype == types.float32:
        return lambda memory: memory.view(np.int32)
    return lambda memory: memory.view(np.int64)


@intrinsic
def _magnitude(typingctx: Any, word: Any) -> Any:
    """The bits of a number without its sign.

    So floating-point numbers are ordered as whole numbers are, with NaN above
    infinity; and whole numbers are compared many at a time.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = values[0].type
        return builder.and_(values[0], ir.Constant(kind, (1 << (kind.width - 1)) - 1))

    return word(word), generate


@intrinsic
def _larger(typingctx: Any, left: Any, right: Any) -> Any:
    """The larger of two whole numbers in their own width, which numba would widen."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.icmp_signed(">", *values), *values)

    return right(right, right), generate


@kernel
def _largest(a, b, c, d):
    left = _larger(_magnitude(a), _magnitude(b))
    return _larger(left, _larger(_magnitude(c), _magnitude(d)))


@intrinsic
def _number(typingctx: Any, word: Any) -> Any:
    """The floating-point number whose bits these are, as float64."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if values[0].type.width == 64:
            return builder.bitcast(values[0], ir.DoubleType())
        return builder.fpext(builder.bitcast(values[0], ir.FloatType()), ir.DoubleType())

    return types.float64(word), generate


@kernel
def _highest(bits, starts, start, stop):
    highest, last, n = bits.dtype.type(0), starts.size - 1, stop - start
    for k in range(0, starts.size, GROUP):
        a = bits[starts[k] + start :][:n]
        b = bits[starts[min(k + 1, last)] + start :][:n]
        c = bits[starts[min(k + 2, last)] + start :][:n]
        d = bits[starts[min(k + 3, last)] + start :][:n]
        for i in range(n):
            highest = _larger(highest, _largest(a[i], b[i], c[i], d[i]))
    return highest


@kernel
def _above(highest, itemsize):
    # The power of two above a magnitude; infinite for infinity and NaN.
    fraction, bias = (23, 126) if itemsize == 4 else (52, 1022)
    exponent = (np.int64(highest) >> fraction) - bias
    return np.inf if exponent > bias + 1 else math.ldexp(1.0, int(exponent))


@kernel(exact=True)
def _grid(top, itemsize):
    # 1.5 * 2^52 grid units: adding it pushes a term's bits below the grid out of the
    # significand, subtracting it leaves the rounded term.
    if not (top < np.inf):
        return np.nan
    # A grid below the smallest normal numbers would itself round.
    _, exponent = math.frexp(max(top, 1e-290))
    # Float32 has bits to spare: with fewer grids, neighbours mostly agree on one.
    coarse = COARSE if itemsize == 4 else 1
    return math.ldexp(1.5, (exponent + coarse - 1) // coarse * coarse)


@kernel(exact=True)
def _rounded(word, share, grid):
    return (share * _number(word) + grid) - grid


@kernel(exact=True)
def _add_group(bits, starts, shares, k, start, grid, total, target):
    """Add slots ``k`` to ``k + 3``, rounded to the grid; return their highest magnitude.

    The last group's sum goes to ``target``.  Beyond the last slot the last one is
    taken again, with no share.
    """
    last, n = starts.size - 1, total.size
    p, q, r = min(k + 1, last), min(k + 2, last), min(k + 3, last)
    a, b = bits[starts[k] + start :][:n], bits[starts[p] + start :][:n]
    c, d = bits[starts[q] + start :][:n], bits[starts[r] + start :][:n]
    s = shares[k]
    t = shares[p] if p == k + 1 else 0.0
    u = shares[q] if q == k + 2 else 0.0
    v = shares[r] if r == k + 3 else 0.0
    highest = bits.dtype.type(0)
    # Two loops, because one whose input may be its output does not vectorise.
    if k + GROUP < starts.size:
        for i in range(n):
            left = _rounded(a[i], s, grid) + _rounded(b[i], t, grid)
            total[i] += left + (_rounded(c[i], u, grid) + _rounded(d[i], v, grid))
            highest = _larger(highest, _largest(a[i], b[i], c[i], d[i]))
    else:
        for i in range(n):
            left = _rounded(a[i], s, grid) + _rounded(b[i], t, grid)
            target[i] = total[i] + (left + (_rounded(c[i], u, grid) + _rounded(d[i], v, grid)))
            highest = _larger(highest, _largest(a[i], b[i], c[i], d[i]))
    return highest


@kernel(exact=True)
def _add_slots(bits, starts, shares, start, grid, total, target):
    highest = bits.dtype.type(0)
    if starts.size == 0:
        target[:] = 0.0
        return highest
    if shares[0] == 1.0:
        # The only slot that counts has nothing to be added to, so nothing to round for.
        grid = 0.0
    total[:] = 0.0
    for k in range(0, starts.size, GROUP):
        group = _add_group(bits, starts, shares, k, start, grid, total, target)
        highest = _larger(highest, group)
    return highest


@kernel(exact=True)
def partial_mean(memory, starts, shares, top, out):
    """out <- sum over slots of share times slot, on the grids of ``top``; float64."""
    bits, block = _bits(memory), np.empty(CHUNK)
    for c in range(top.size):
        target = out[c * CHUNK : (c + 1) * CHUNK]
        total, grid = block[: target.size], _grid(top[c], memory.itemsize)
        _add_slots(bits, starts, shares, c * CHUNK, grid, total, target)


@kernel(exact=True)
def mean(memory, starts, shares, out):
    """out <- the weighted mean of all slots: :func:`chunk_maxima` and
    :func:`partial_mean` in one pass over memory.
    """
    bits, block = _bits(memory), np.empty(CHUNK)
    grid = 0.0
    for start in range(0, out.size, CHUNK):
        target = out[start : start + CHUNK]
        total = block[: target.size]
        # Neighbours nearly always have the same grid: the slots are then read once.
        highest = _add_slots(bits, starts, shares, start, grid, total, target)
        own = _grid(_above(highest, bits.itemsize), bits.itemsize)
        if own != grid:
            grid = own
            _add_slots(bits, starts, shares, start, grid, total, target)
