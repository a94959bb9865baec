"""Randomness that is keyed, never carried.

A generator is made from (seed, purpose, numbers such as round and worker), so a
task draws the same numbers whichever process runs it, and however often.
"""

from __future__ import annotations

import hashlib

import numpy as np


def key(seed: int, purpose: str, *numbers: int) -> int:
    """A 64-bit key for one purpose.

    Parameters
    ----------
    seed : int
        Of the run.
    purpose : str
        What the numbers are for, such as ``'initial weights'``.
    *numbers : int
        Round, worker and whatever else tells draws apart.

    Returns
    -------
    int
        64 bits.

    Examples
    --------
    >>> key(0, "shuffle", 3) == key(0, "shuffle", 3)
    True
    >>> key(0, "shuffle", 3) == key(0, "shuffle", 4)
    False
    """
    text = ":".join([str(int(seed)), purpose, *(str(int(number)) for number in numbers)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def generator(seed: int, purpose: str, *numbers: int) -> np.random.Generator:
    """A NumPy generator for one purpose.

    Parameters
    ----------
    seed : int
        Of the run.
    purpose : str
        What the numbers are for, such as ``'initial weights'``.
    *numbers : int
        Round, worker and whatever else tells draws apart.

    Returns
    -------
    numpy.random.Generator
        Philox with :func:`key`.

    Examples
    --------
    >>> generator(0, "initial weights").random() == generator(0, "initial weights").random()
    True
    """
    return np.random.Generator(np.random.Philox(key=key(seed, purpose, *numbers)))
