"""Functions that turn counters into random bits, each of which hangs on the whole input."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel


@kernel
def mixed(x):
    """64 mixed bits of a number: the finaliser of SplitMix64 (Steele, Lea and Flood 2014).

    Parameters
    ----------
    x : uint64
        Any number; 0 stays 0.

    Returns
    -------
    uint64
    """
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@kernel(inline=True)
def stirred(x):
    """32 mixed bits of a number, which vectorises everywhere: the finaliser of MurmurHash3.

    Parameters
    ----------
    x : uint32
        Any number; 0 stays 0.

    Returns
    -------
    uint32
    """
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(16))) * np.uint32(0x85EBCA6B))
    x = np.uint32(np.uint32(x ^ (x >> np.uint32(13))) * np.uint32(0xC2B2AE35))
    return np.uint32(x ^ (x >> np.uint32(16)))
