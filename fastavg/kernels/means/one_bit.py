"""Changes of weights in one bit: their signs, and what that leaves out, for the next round.

A chunk of weights has one magnitude, the mean of what its numbers have.  What a sign and that
magnitude miss is added to the next round's change, so nothing is lost for good (Seide, Fu,
Droppo, Li and Yu 2014).
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.quantised import CHUNK, MOST, drawn, halves

# Bytes of a chunk's signs.
BYTES = CHUNK // 8


@kernel(exact=True)
def encode_signs(slot, center, before, signs, sizes, after):
    """Signs of ``slot - center + before``, a magnitude for each chunk, and what they miss.

    Parameters
    ----------
    slot : array (n,) of float32 or float64
        What a worker has trained.
    center : array (n,) like slot
        What it started from.
    before : array (n,) like slot
        What the signs of earlier rounds have missed.
    signs : array (n_chunks * BYTES,) of uint8
        A bit for each number, 1 for those below 0; overwritten.
    sizes : array (n_chunks,) of float32
        The magnitudes, overwritten.
    after : array (n,) like slot
        What these signs miss, overwritten; other memory than ``before``.
    """
    number = slot.dtype.type
    for c in range(sizes.size):
        first, stop = c * CHUNK, min(slot.size, (c + 1) * CHUNK)
        total = 0.0
        for i in range(first, stop):
            change = (slot[i] - center[i]) + before[i]
            after[i] = change
            total += abs(np.float64(change))
        sizes[c] = np.float32(total / (stop - first))
        size = number(sizes[c])
        for at in range(BYTES):
            bits = np.uint8(0)
            begin = first + 8 * at
            for i in range(begin, min(begin + 8, stop)):
                if after[i] < number(0):
                    bits = np.uint8(bits | np.uint8(1 << (i - begin)))
                    after[i] += size
                else:
                    after[i] -= size
            signs[c * BYTES + at] = bits


@kernel(exact=True)
def add_signs(signs, sizes, share, total):
    """total += share times what the signs stand for.

    Parameters
    ----------
    signs : array (n_chunks * BYTES,) of uint8
        Of :func:`encode_signs`.
    sizes : array (n_chunks,) of float32
        Likewise.
    share : float64
        The worker's part of the mean.
    total : array (n_chunks * CHUNK,) of float64
        Grows.
    """
    for c in range(sizes.size):
        size = share * np.float64(sizes[c])
        for at in range(BYTES):
            bits = signs[c * BYTES + at]
            for place in range(8):
                below = (bits >> place) & 1
                total[c * CHUNK + 8 * at + place] += -size if below else size


@kernel(exact=True)
def round_mean(total, first, key, out, peaks):
    """out <- the mean change in 8 bits: whole numbers of ``peak / 127`` of each chunk.

    Parameters
    ----------
    total : array (n_chunks * CHUNK,) of float64
        The mean of the workers' signs.
    first : int
        The place of the first number in the whole vector.
    key : uint64
        Decides, with the place, how numbers are rounded.
    out : array (n_chunks * CHUNK,) of int8
        Overwritten.
    peaks : array (n_chunks,) of float32
        At least the largest magnitude of each chunk, overwritten.
    """
    low, high = halves(key)
    for c in range(peaks.size):
        numbers, bytes_ = total[c * CHUNK : (c + 1) * CHUNK], out[c * CHUNK : (c + 1) * CHUNK]
        peak = 0.0
        for i in range(numbers.size):
            peak = max(peak, abs(numbers[i]))
        peaks[c] = np.float32(peak)
        factor = np.float64(MOST) / np.float64(peaks[c]) if peaks[c] > np.float32(0) else 0.0
        for i in range(numbers.size):
            rounded = np.floor(
                numbers[i] * factor + np.float64(drawn(first + c * CHUNK + i, low, high))
            )
            bytes_[i] = np.int8(min(max(rounded, -np.float64(MOST)), np.float64(MOST)))


@kernel(exact=True)
def add_rounded(center, change, peaks, out):
    """out <- center + change, from 8 bits.

    Parameters
    ----------
    center : array (n,) of float32 or float64
        What the workers started from.
    change : array (n,) of int8
        Of :func:`round_mean`.
    peaks : array (n_chunks,) of float32
        Likewise.
    out : array (n,) like center
        Overwritten.
    """
    number = center.dtype.type
    for c in range(peaks.size):
        step = number(np.float64(peaks[c]) / np.float64(MOST))
        base, target = center[c * CHUNK : (c + 1) * CHUNK], out[c * CHUNK : (c + 1) * CHUNK]
        moved = change[c * CHUNK : (c + 1) * CHUNK]
        for i in range(target.size):
            target[i] = base[i] + step * number(moved[i])
