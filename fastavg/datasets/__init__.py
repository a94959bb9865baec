"""Data that comes with fastavg."""

from __future__ import annotations

from importlib import resources

import numpy as np
from numpy.typing import NDArray


def load_digits5k() -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """5,000 handwritten digits of 20 x 20 pixels, 500 of each: the paper's kind of data.

    Returns
    -------
    X : array (5000, 400) of float32
        Grey levels row by row, 0 for background to 1 for ink.
    y : array (5000,) of int64
        The digits, sorted.

    Notes
    -----
    A subset of MNIST by LeCun, Cortes and Burges, distributed under CC BY-SA 3.0.

    Examples
    --------
    >>> X, y = load_digits5k()
    >>> X.shape, float(X.max()), y[::500].tolist()
    ((5000, 400), 1.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    """
    file = resources.files(__name__) / "digits5k_20x20.npz"
    with resources.as_file(file) as path, np.load(path, allow_pickle=False) as arrays:
        return arrays["X"].astype(np.float32) / np.float32(255), arrays["y"].astype(np.int64)
