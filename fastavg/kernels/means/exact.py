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

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.float_bits import float_bits, larger, magnitude, number

CHUNK = 512
COARSE = 8
# Slots that are read side by side: memory answers eight streams sooner than four, and a
# loop over more arrays would not be vectorised.  Few slots are not worth eight readings.
GROUP, FEW, PAIR = 8, 4, 2


@kernel
def chunk_maxima(memory, starts, n, top):
    """top[c] <- the power of two above every magnitude in chunk c of any slot.

    Slot k is ``memory[starts[k] : starts[k] + n]``.  NaN counts as infinite.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    n : int
        Numbers of a slot.
    top : array (n_chunks,) of float64
        The powers of two, overwritten.
    """
    bits = float_bits(memory)
    for c in range(top.size):
        start, stop = c * CHUNK, min(n, (c + 1) * CHUNK)
        top[c] = above(_highest(bits, starts, start, stop), bits.itemsize)


@kernel
def _largest(a, b, c, d):
    left = larger(magnitude(a), magnitude(b))
    return larger(left, larger(magnitude(c), magnitude(d)))


@kernel
def _highest(bits, starts, start, stop):
    highest, last, n = bits.dtype.type(0), starts.size - 1, stop - start
    for k in range(0, starts.size, FEW):
        a = bits[starts[k] + start :][:n]
        b = bits[starts[min(k + 1, last)] + start :][:n]
        c = bits[starts[min(k + 2, last)] + start :][:n]
        d = bits[starts[min(k + 3, last)] + start :][:n]
        for i in range(n):
            highest = larger(highest, _largest(a[i], b[i], c[i], d[i]))
    return highest


@kernel
def above(highest, itemsize):
    """The power of two above a magnitude; infinite for infinity and NaN.

    Parameters
    ----------
    highest : int32 or int64
        The magnitude, as the bits of a float32 or float64 number without its sign.
    itemsize : int
        Bytes of the number: 4 or 8.

    Returns
    -------
    float64
        The power of two.
    """
    fraction, bias = (23, 126) if itemsize == 4 else (52, 1022)
    exponent = (np.int64(highest) >> fraction) - bias
    return np.inf if exponent > bias + 1 else math.ldexp(1.0, int(exponent))


@kernel(exact=True)
def grid_of(top, itemsize):
    """The grid of a chunk whose magnitudes are below ``top``; NaN if that is infinite.

    Parameters
    ----------
    top : float64
        A power of two above every magnitude of the chunk (:func:`chunk_maxima`).
    itemsize : int
        Bytes of a number of the slots: 4 or 8.

    Returns
    -------
    float64
        1.5 * 2^52 units of the grid: adding and subtracting it rounds a term to the grid.
    """
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
def _rounded(bits, share, grid):
    return (share * number(bits) + grid) - grid


# Beyond the last slot the last one is taken again, with no share.
@kernel
def _at(starts, k, start):
    return starts[min(k, starts.size - 1)] + start


@kernel
def _share(shares, k):
    return shares[k] if k < shares.size else 0.0


@kernel(exact=True)
def _sum4(a, b, c, d, s, t, u, v, grid):
    left = _rounded(a, s, grid) + _rounded(b, t, grid)
    return left + (_rounded(c, u, grid) + _rounded(d, v, grid))


@kernel(exact=True)
def _add_pair(bits, starts, shares, start, grid, target):
    """As :func:`_add_few` for one or two slots, which are all there are.

    What is left out would have added zeros.
    """
    n = target.size
    a, b = bits[_at(starts, 0, start) :][:n], bits[_at(starts, 1, start) :][:n]
    s, t = _share(shares, 0), _share(shares, 1)
    highest = bits.dtype.type(0)
    for i in range(n):
        target[i] = _rounded(a[i], s, grid) + _rounded(b[i], t, grid)
        highest = larger(highest, larger(magnitude(a[i]), magnitude(b[i])))
    return highest


@kernel(exact=True)
def _add_few(bits, starts, shares, k, start, grid, total, target):
    """Sum slots ``k`` to ``k + 3``, rounded to the grid; return their highest magnitude.

    The sum goes to ``target`` if there are no more slots, or onto ``total``.
    """
    n = target.size
    a, b = bits[_at(starts, k, start) :][:n], bits[_at(starts, k + 1, start) :][:n]
    c, d = bits[_at(starts, k + 2, start) :][:n], bits[_at(starts, k + 3, start) :][:n]
    s, t = _share(shares, k), _share(shares, k + 1)
    u, v = _share(shares, k + 2), _share(shares, k + 3)
    highest = bits.dtype.type(0)
    if starts.size <= FEW:
        for i in range(n):
            target[i] = _sum4(a[i], b[i], c[i], d[i], s, t, u, v, grid)
            highest = larger(highest, _largest(a[i], b[i], c[i], d[i]))
    else:
        for i in range(n):
            total[i] += _sum4(a[i], b[i], c[i], d[i], s, t, u, v, grid)
            highest = larger(highest, _largest(a[i], b[i], c[i], d[i]))
    return highest


@kernel(exact=True)
def _add_group(bits, starts, shares, k, start, grid, total, target):
    """As :func:`_add_few`, for slots ``k`` to ``k + 7``."""
    n = target.size
    a, b = bits[_at(starts, k, start) :][:n], bits[_at(starts, k + 1, start) :][:n]
    c, d = bits[_at(starts, k + 2, start) :][:n], bits[_at(starts, k + 3, start) :][:n]
    e, f = bits[_at(starts, k + 4, start) :][:n], bits[_at(starts, k + 5, start) :][:n]
    g, h = bits[_at(starts, k + 6, start) :][:n], bits[_at(starts, k + 7, start) :][:n]
    s, t = _share(shares, k), _share(shares, k + 1)
    u, v = _share(shares, k + 2), _share(shares, k + 3)
    w, x = _share(shares, k + 4), _share(shares, k + 5)
    y, z = _share(shares, k + 6), _share(shares, k + 7)
    highest = bits.dtype.type(0)
    if starts.size <= GROUP:
        for i in range(n):
            left = _sum4(a[i], b[i], c[i], d[i], s, t, u, v, grid)
            target[i] = left + _sum4(e[i], f[i], g[i], h[i], w, x, y, z, grid)
            nearer, farther = _largest(a[i], b[i], c[i], d[i]), _largest(e[i], f[i], g[i], h[i])
            highest = larger(highest, larger(nearer, farther))
    else:
        for i in range(n):
            left = _sum4(a[i], b[i], c[i], d[i], s, t, u, v, grid)
            total[i] += left + _sum4(e[i], f[i], g[i], h[i], w, x, y, z, grid)
            nearer, farther = _largest(a[i], b[i], c[i], d[i]), _largest(e[i], f[i], g[i], h[i])
            highest = larger(highest, larger(nearer, farther))
    return highest


@kernel(exact=True)
def add_slots(bits, starts, shares, start, grid, total, target):
    """target <- the sum of the slots' shares from ``start`` on, rounded to the grid.

    Parameters
    ----------
    bits : array of int32 or int64
        All slots, as whole numbers (``float_bits``); slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``bits``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean.
    start : int
        Where the part begins in each slot.
    grid : float64
        The grid of the part's chunk (:func:`grid_of`).
    total : array (n,) of float64
        Working memory, as long as ``target``.
    target : array (n,) of float32 or float64
        The sum, overwritten; its length is that of the part.

    Returns
    -------
    int32 or int64
        The highest magnitude of any slot in the part, as the bits of a number.
    """
    highest = bits.dtype.type(0)
    if starts.size == 0:
        target[:] = 0.0
        return highest
    if shares[0] == 1.0:
        # The only slot that counts has nothing to be added to, so nothing to round for.
        grid = 0.0
    if starts.size <= PAIR:
        return _add_pair(bits, starts, shares, start, grid, target)
    if starts.size <= FEW:
        return _add_few(bits, starts, shares, 0, start, grid, total, target)
    if starts.size <= GROUP:
        return _add_group(bits, starts, shares, 0, start, grid, total, target)
    total[:] = 0.0
    for k in range(0, starts.size, GROUP):
        if starts.size - k <= FEW:
            group = _add_few(bits, starts, shares, k, start, grid, total, target)
        else:
            group = _add_group(bits, starts, shares, k, start, grid, total, target)
        highest = larger(highest, group)
    for i in range(target.size):
        target[i] = total[i]
    return highest


@kernel(exact=True, allocates=True)
def partial_mean(memory, starts, shares, top, out):
    """out <- sum over slots of share times slot, on the grids of ``top``; float64.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean.
    top : array (n_chunks,) of float64
        Powers of two above every magnitude of a chunk on any rank.
    out : array (n,) of float64
        The sum of shares times slots on this rank's grid, overwritten.
    """
    bits, block = float_bits(memory), np.empty(CHUNK)
    for c in range(top.size):
        target = out[c * CHUNK : (c + 1) * CHUNK]
        total, grid = block[: target.size], grid_of(top[c], memory.itemsize)
        add_slots(bits, starts, shares, c * CHUNK, grid, total, target)


@kernel(exact=True, allocates=True)
def mean(memory, starts, shares, out):
    """out <- the weighted mean of all slots: :func:`chunk_maxima` and
    :func:`partial_mean` in one pass over memory.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean.
    out : array (n,) like memory
        The mean, overwritten.
    """
    bits, block = float_bits(memory), np.empty(CHUNK)
    grid = 0.0
    for start in range(0, out.size, CHUNK):
        target = out[start : start + CHUNK]
        total = block[: target.size]
        # Neighbours nearly always have the same grid: the slots are then read once.
        highest = add_slots(bits, starts, shares, start, grid, total, target)
        own = grid_of(above(highest, bits.itemsize), bits.itemsize)
        if own != grid:
            grid = own
            add_slots(bits, starts, shares, start, grid, total, target)
