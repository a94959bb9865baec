"""The operands of products that walk through a full batch piece by piece."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network import layout
from fastavg.networks.aligned import aligned


def in_vectors(dtype: DTypeLike) -> bool:
    """True if the products of pieces are made in explicit vectors here.

    Parameters
    ----------
    dtype : dtype
        float32 or float64.
    """
    from fastavg.kernels.vectorized.target import has_wide_vectors

    return np.dtype(dtype) == np.float32 and has_wide_vectors()


def turned_weights(table: NDArray[np.int64], dtype: DTypeLike) -> NDArray[np.floating]:
    """Room for the transposed weights of all layers but the first.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read.
    dtype : dtype
        float32 or float64.
    """
    later = table[1:]
    # Never empty: it tells whether products add to the gradient.
    size = max(1, int((later[:, layout.FAN_OUT] * later[:, layout.IN_LD]).sum()))
    return aligned(size, dtype)


def add_piece_operands(table: NDArray[np.int64]) -> NDArray[np.floating]:
    """Let a table's layers make the products of pieces in explicit float32 vectors.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read; changed in place.

    Returns
    -------
    float32 array
        The memory that the table points to; it must live as long as the table is used.
    """
    from fastavg.kernels.vectorized.piece_products import STAGE, ZERO

    zero = np.zeros(1, np.float32)
    table[:, layout.PRODUCTS_AT] = STAGE.address("float32")
    table[:, ZERO] = zero.ctypes.data
    return zero
