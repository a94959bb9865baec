"""A keyed permutation that is computed place by place.

Each worker needs only its own part of an epoch's permutation.  A Feistel network
over the smallest even number of bits that holds n, walked until it lands below n,
is a bijection, so any range of places can be computed alone, in any process,
without an array of all n (Black and Rogaway, "Ciphers with arbitrary finite
domains", 2002).
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit import kernel

ROUNDS = 5
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


@kernel
def _mix(x):
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel
def permute(key, n, places, out):
    """out[i] <- the value at ``places[i]`` of permutation ``key`` of 0 .. n - 1."""
    low = np.uint64(1)
    while np.uint64(1) << (low + low) < np.uint64(n):
        low += np.uint64(1)
    # Unequal halves keep the walk short when n is just above a power of four.
    high = low
    if np.uint64(1) << (low + low - np.uint64(1)) >= np.uint64(n):
        high = low - np.uint64(1)
    for i in range(places.size):
        x = np.uint64(places[i])
        while True:
            a, b = high, low
            left, right = x >> low, x & ((np.uint64(1) << low) - np.uint64(1))
            for r in range(ROUNDS):
                salt = np.uint64(key) + MULTIPLIER * np.uint64(r + 1)
                mixed = left ^ (_mix(right ^ salt) & ((np.uint64(1) << a) - np.uint64(1)))
                left, right = right, mixed
                a, b = b, a
            x = (left << b) | right
            if x < np.uint64(n):
                break
        out[i] = np.int64(x)
