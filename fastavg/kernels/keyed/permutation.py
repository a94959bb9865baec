"""A keyed permutation that is computed place by place.

Each worker needs only its own part of an epoch's permutation.  A Feistel network
over the smallest even number of bits that holds n, walked until it lands below n,
is a bijection, so any range of places can be computed alone, in any process,
without an array of all n (Black and Rogaway, "Ciphers with arbitrary finite
domains", 2002).
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed

MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
ONE = np.uint64(1)
# Places that go through the network side by side.
BLOCK = 512


@kernel
def _feistel(x, key, high, low):
    """Five rounds over a left half of ``high`` bits and a right half of ``low`` bits.

    Written out, without a loop or a branch, so that many places go side by side.
    """
    wide, narrow = (ONE << low) - ONE, (ONE << high) - ONE
    salt = key + MULTIPLIER
    left, right = x & wide, (x >> low) ^ (mixed((x & wide) ^ salt) & narrow)
    salt += MULTIPLIER
    left, right = right, left ^ (mixed(right ^ salt) & wide)
    salt += MULTIPLIER
    left, right = right, left ^ (mixed(right ^ salt) & narrow)
    salt += MULTIPLIER
    left, right = right, left ^ (mixed(right ^ salt) & wide)
    salt += MULTIPLIER
    left, right = right, left ^ (mixed(right ^ salt) & narrow)
    return (left << high) | right


@kernel
def permute(keys, n, places, work, out):
    """out[k, i] <- the value at ``places[i]`` of permutation ``keys[k]`` of 0 .. n - 1.

    Parameters
    ----------
    keys : array (n_keys,) of uint64
        Which permutations.
    n : int
        Their length, 1 or more.
    places : array (m,) of int64
        Places 0 to n - 1.
    work : array (2, BLOCK) of uint64
        Working memory.
    out : array (n_keys, m) of int64
        The values, overwritten.
    """
    low = ONE
    while ONE << (low + low) < np.uint64(n):
        low += ONE
    # Unequal halves keep the walk short when n is just above a power of four.
    high = low
    if ONE << (low + low - ONE) >= np.uint64(n):
        high = low - ONE
    values, walking = work[0], work[1]
    for k in range(keys.size):
        key = keys[k]
        for start in range(0, places.size, BLOCK):
            target = out[k, start : start + BLOCK]
            for i in range(target.size):
                values[i] = np.uint64(places[start + i])
                walking[i] = np.uint64(i)
            count = target.size
            while count > 0:
                for j in range(count):
                    values[j] = _feistel(values[j], key, high, low)
                # Those that landed at n or above walk on, moved together.
                still = 0
                for j in range(count):
                    target[np.int64(walking[j])] = np.int64(values[j])
                    walking[still], beyond = walking[j], values[j] >= np.uint64(n)
                    values[still] = values[j]
                    still += beyond
                count = still
