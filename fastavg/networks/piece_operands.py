"""The operands of products that walk through a full batch piece by piece."""

from __future__ import annotations

import math

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

    The inputs of the first layer are those that :func:`gather_pieces` copies.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read; changed in place.

    Returns
    -------
    float32 array
        The memory that the table points to; it must live as long as the table is used.
    """
    from fastavg.kernels.vectorized.input_chunks import DEPTH
    from fastavg.kernels.vectorized.piece_products import CHUNK, STAGE, ZERO

    zero, fan_in = np.zeros(1, np.float32), int(table[0, layout.FAN_IN])
    table[:, layout.PRODUCTS_AT] = STAGE.address("float32")
    table[:, ZERO] = zero.ctypes.data
    # As many as a product of weights takes at once, all chunks about as wide.
    table[0, CHUNK] = math.ceil(fan_in / math.ceil(fan_in / DEPTH))
    return zero


def gather_pieces(
    X: NDArray[np.floating], order: NDArray[np.int64], first: int, rows: int, piece: int,
    table: NDArray[np.int64], blocks: NDArray[np.floating],
) -> None:
    """Copy rows of X to the input block, as the products of a table's first layer take them.

    Parameters
    ----------
    X : array (n_rows, n_features)
        The features.
    order : int64 array
        Numbers of rows of X.
    first, rows : int
        Rows ``order[first : first + rows]`` are copied.
    piece : int
        Rows that are multiplied at a time.
    table : int64 array (layers, columns)
        The table of :func:`add_piece_operands`.
    blocks : array like X
        The input block begins at its first number.
    """
    from fastavg.kernels.vectorized.input_chunks import gather_chunks
    from fastavg.kernels.vectorized.piece_products import CHUNK

    gather_chunks(X, order, first, rows, piece, table[0, CHUNK], blocks, table[0, layout.IN_LD])
