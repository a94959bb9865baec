"""A fingerprint of many bytes at the speed of memory."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel

LANES = 8
# Odd, with about as many ones as zeros: 2^64 divided by the golden ratio, as Knuth takes it.
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_SHIFT = np.uint64(29)


@kernel(allocates=True)
def fold(words):
    """A 64-bit number in which every bit and the place of every word count.

    Eight lanes multiply and add independently, so that the processor is never
    waiting for the previous word.  It tells accidents apart, not attackers.

    Parameters
    ----------
    words : array (n,) of uint64
        The bytes as 64-bit words.

    Returns
    -------
    uint64
        A hash in which every word counts.
    """
    lanes = np.arange(1, LANES + 1).astype(np.uint64)
    a, b, c, d = lanes[0], lanes[1], lanes[2], lanes[3]
    e, f, g, h = lanes[4], lanes[5], lanes[6], lanes[7]
    whole = words.size // LANES * LANES
    for i in range(0, whole, LANES):
        a = (a ^ words[i]) * _MULTIPLIER
        b = (b ^ words[i + 1]) * _MULTIPLIER
        c = (c ^ words[i + 2]) * _MULTIPLIER
        d = (d ^ words[i + 3]) * _MULTIPLIER
        e = (e ^ words[i + 4]) * _MULTIPLIER
        f = (f ^ words[i + 5]) * _MULTIPLIER
        g = (g ^ words[i + 6]) * _MULTIPLIER
        h = (h ^ words[i + 7]) * _MULTIPLIER
        # A flipped top bit stays a flipped top bit under multiplication: move it down,
        # or a second one would cancel it.
        a, b, c, d = a ^ a >> _SHIFT, b ^ b >> _SHIFT, c ^ c >> _SHIFT, d ^ d >> _SHIFT
        e, f, g, h = e ^ e >> _SHIFT, f ^ f >> _SHIFT, g ^ g >> _SHIFT, h ^ h >> _SHIFT
    folded = np.uint64(words.size)
    for lane in (a, b, c, d, e, f, g, h):
        folded = (folded ^ lane) * _MULTIPLIER
        folded ^= folded >> _SHIFT
    for i in range(whole, words.size):
        folded = (folded ^ words[i]) * _MULTIPLIER
        folded ^= folded >> _SHIFT
    return folded
