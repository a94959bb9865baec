"""What becomes of each row of a large table, drawn from its number alone."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.randomness import key

# The same rows test, and are looked at, whatever the seed of training.
SEED = 0


def drawn(purpose: str, start: int, stop: int, seed: int = SEED) -> NDArray[np.float64]:
    """A number for each of some rows, the same whatever rows are drawn for together.

    Parameters
    ----------
    purpose : str
        What is drawn.
    start, stop : int
        The first row of the table, counted from 0, and the one after the last; below 2^32.
    seed : int, default 0
        Another one gives other numbers.

    Returns
    -------
    array (stop - start,) of float64
        Uniform from 0 to below 1.

    Examples
    --------
    >>> whole = drawn("test rows", 0, 100)
    >>> bool((drawn("test rows", 40, 60) == whole[40:60]).all())
    True
    """
    from fastavg.kernels.keyed.row_keys import row_keys, uniforms

    rows = np.arange(start, stop)
    keys, made = np.empty(len(rows), np.uint64), np.empty(len(rows))
    row_keys(np.uint64(key(seed, f"large table: {purpose}")), np.zeros_like(rows), rows, keys)
    uniforms(keys, 0, made)
    return made
