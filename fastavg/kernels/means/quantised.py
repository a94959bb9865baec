"""Means in few bits: whole numbers for the workers' changes, whose sums are exact.

A chunk of weights has one step, common to all workers.  Each worker's share of the mean,
``share (slot - center)``, is rounded at random to a whole number of steps, so that its
expectation is the number itself (Gupta, Agrawal, Gopalakrishnan and Narayanan 2015).  The
sum of the whole numbers is rounded once more, to 8 bits, before it goes back.  What is drawn
hangs on a key, on the worker and on the place: no rank and no process changes a bit.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed, stirred

CHUNK = 512
# The largest whole number of 8 bits, to either side.
MOST = 127


@kernel(exact=True)
def change_maxima(memory, starts, shares, center, top):
    """top[c] <- the largest magnitude of ``share (slot - center)`` in chunk c of any slot.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean; one of 0 is not looked at.
    center : array (n,) like memory
        What the slots have changed from.
    top : array (n_chunks,) like memory
        Overwritten.
    """
    number = memory.dtype.type
    for c in range(top.size):
        base = center[c * CHUNK : (c + 1) * CHUNK]
        highest = number(0)
        for k in range(starts.size):
            share = number(shares[k])
            if share == number(0):
                continue
            row = memory[starts[k] + c * CHUNK :][: base.size]
            for i in range(base.size):
                highest = max(highest, abs(share * (row[i] - base[i])))
        top[c] = highest


@kernel(exact=True, inline=True)
def drawn(place, low, high):
    """A number of 24 bits, uniform from 0 to below 1.

    Parameters
    ----------
    place : int
        Which number.
    low, high : uint32
        Of :func:`halves`.

    Returns
    -------
    float32
    """
    bits = np.uint32(np.uint32(place) * np.uint32(0x9E3779B9) + low)
    bits = stirred(np.uint32(stirred(bits) ^ high))
    return np.float32(np.int32(bits >> np.uint32(8))) * np.float32(1.0 / 16777216.0)


@kernel(exact=True)
def halves(key):
    """A key's mixed bits, in two halves.

    Parameters
    ----------
    key : uint64
        Any.

    Returns
    -------
    tuple of uint32
        The low and the high half.
    """
    place = mixed(np.uint64(key))
    return np.uint32(place & np.uint64(0xFFFFFFFF)), np.uint32(place >> np.uint64(32))


@kernel(exact=True)
def add_whole_changes(memory, starts, shares, center, top, keys, total):
    """total <- the sum of the slots' changes, each a whole number of its chunk's steps.

    Parameters
    ----------
    memory : array of float32 or float64
        Holds all slots; slot k begins at ``starts[k]``.
    starts : array (n_slots,) of int64
        Where each slot begins in ``memory``.
    shares : array (n_slots,) of float64
        Weight of each slot in the mean; one of 0 is not looked at.
    center : array (n,) like memory
        What the slots have changed from.
    top : array (n_chunks,) like memory
        The largest magnitudes of any rank (:func:`change_maxima`): 127 steps of each chunk.
    keys : array (n_slots,) of uint64
        Decide, with the place, how each slot's numbers are rounded.
    total : array (n,) of int8, int16 or int32
        The sums, overwritten.
    """
    number, whole = memory.dtype.type, total.dtype.type
    for c in range(top.size):
        base = center[c * CHUNK : (c + 1) * CHUNK]
        sums = total[c * CHUNK : (c + 1) * CHUNK]
        for i in range(sums.size):
            sums[i] = whole(0)
        if not top[c] > number(0):
            continue
        steps = number(MOST) / top[c]
        for k in range(starts.size):
            share = number(shares[k])
            if share == number(0):
                continue
            row = memory[starts[k] + c * CHUNK :][: base.size]
            low, high = halves(keys[k])
            for i in range(base.size):
                exact = share * (row[i] - base[i]) * steps
                exact += number(drawn(c * CHUNK + i, low, high))
                rounded = np.floor(exact)
                sums[i] += whole(min(max(rounded, -number(MOST)), number(MOST)))


@kernel(exact=True)
def round_again(total, first, key, out, peaks):
    """out <- the sums in 8 bits: whole numbers of ``peak / 127`` of their chunk's steps.

    Parameters
    ----------
    total : array (n,) of int32
        Sums of all workers.
    first : int
        The place of the first of them in the whole vector.
    key : uint64
        Decides, with the place, how they are rounded.
    out : array (n,) of int8
        Overwritten.
    peaks : array (n_chunks,) of int32
        The largest magnitude of each chunk, at least 127; overwritten.
    """
    low, high = halves(key)
    for c in range(peaks.size):
        sums, bytes_ = total[c * CHUNK : (c + 1) * CHUNK], out[c * CHUNK : (c + 1) * CHUNK]
        peak = np.int32(MOST)
        for i in range(sums.size):
            peak = max(peak, abs(sums[i]))
        peaks[c] = peak
        factor = np.float64(MOST) / np.float64(peak)
        for i in range(sums.size):
            exact = np.float64(sums[i]) * factor
            exact += np.float64(drawn(first + c * CHUNK + i, low, high))
            rounded = np.floor(exact)
            bytes_[i] = np.int8(min(max(rounded, -np.float64(MOST)), np.float64(MOST)))


@kernel(exact=True)
def add_change(center, change, top, peaks, out):
    """out <- center + change, from 8 bits.

    Parameters
    ----------
    center : array (n,) of float32 or float64
        What the workers started from.
    change : array (n,) of int8
        Of :func:`round_again`.
    top : array (n_chunks,) like center
        Of :func:`change_maxima`.
    peaks : array (n_chunks,) of int32
        Of :func:`round_again`.
    out : array (n,) like center
        The mean, overwritten.
    """
    number = center.dtype.type
    for c in range(top.size):
        step = number(
            np.float64(top[c]) / np.float64(MOST) * (np.float64(peaks[c]) / np.float64(MOST))
        )
        base, target = center[c * CHUNK : (c + 1) * CHUNK], out[c * CHUNK : (c + 1) * CHUNK]
        moved = change[c * CHUNK : (c + 1) * CHUNK]
        for i in range(target.size):
            target[i] = base[i] + step * number(moved[i])
