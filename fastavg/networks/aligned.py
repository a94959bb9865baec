"""Memory that begins on a cache line."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray


def aligned(size: int, dtype: DTypeLike) -> NDArray[np.floating]:
    """Zeros that begin on a 64-byte cache line.

    Parameters
    ----------
    size : int
        How many.
    dtype : dtype
        float32 or float64.
    """
    width = np.dtype(dtype).itemsize
    raw = np.zeros(size + 64 // width, dtype)
    skip = (-raw.ctypes.data % 64) // width
    return raw[skip : skip + size]
