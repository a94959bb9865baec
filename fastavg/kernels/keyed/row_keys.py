"""A key for every row of every epoch, and uniform numbers that are drawn from it."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed


@kernel
def row_keys(key, epochs, rows, out):
    """out[i] <- the key of row ``rows[i]`` in epoch ``epochs[i]``.

    Parameters
    ----------
    key : uint64
        Stands for the seed and the purpose.
    epochs : array (n,) of int64
        Epochs, from 0.
    rows : array (n,) of int64
        Numbers of rows, below 2^32.
    out : array (n,) of uint64
        The keys, overwritten.
    """
    for i in range(out.size):
        place = (np.uint64(epochs[i]) << np.uint64(32)) + np.uint64(rows[i])
        out[i] = mixed(np.uint64(key) + mixed(place + np.uint64(1)))


@kernel
def uniforms(keys, number, out):
    """out[i] <- :func:`uniform` of ``keys[i]`` and ``number``.

    Parameters
    ----------
    keys : array (n,) of uint64
        Of rows.
    number : int
        Which draw, from 0.
    out : array (n,) of float64
        Overwritten.
    """
    for i in range(out.size):
        out[i] = uniform(keys[i], number)


@kernel
def uniform(key, number):
    """The ``number``-th number of a key, uniform from 0 to below 1.

    Parameters
    ----------
    key : uint64
        A row's.
    number : int
        Which draw, from 0.

    Returns
    -------
    float64
    """
    bits = mixed(np.uint64(key) + np.uint64(number) * np.uint64(0x9E3779B97F4A7C15))
    return np.float64(bits >> np.uint64(11)) * (1.0 / 9007199254740992.0)
