"""Which networks are multiplied in explicit vectors, and the memory for it."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network import layout
from fastavg.kernels.network.layout import lined, stride
from fastavg.networks.activation_table import CALLED
from fastavg.networks.aligned import aligned

# Beyond so many bytes of a layer's weights BLAS is as fast, where a vector is a register, and two.
MOST_BYTES, MOST_BYTES_OF_NARROW = 1 << 19, 3 << 20
# Blocks of more rows do not stay in cache, for which BLAS packs them: with layers of up to
# MOST_BYTES, and with larger ones.
MOST_ROWS, MOST_ROWS_OF_LARGE = 512, 384
# Of float64 a vector has half as many, and BLAS is as fast beyond so many multiplications of a
# layer and batch, or so many bytes of a layer's numbers for a batch.
MOST_MULTIPLICATIONS, MOST_BLOCK_BYTES = 1 << 24, 3 << 19
# The most vectors of rows for those that are full, and the most lanes of all products, idle ones
# too, for those that work.  Narrow vectors gain with any.
MOST_ROWS_IDLE, MOST_IDLE = 1.05, 1.17


def gains_by_vectors(table: NDArray[np.int64], rows: int, width: int) -> bool:
    """True if a network is multiplied faster in explicit vectors than by BLAS.

    It depends on shapes and on numba's target, so every process of a machine gets the same
    answer.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read.
    rows : int
        The most rows of one batch.
    width : int
        Bytes of a number.
    """
    from fastavg.kernels.vectorized.emitter import VECTOR_BYTES, WORD_BYTES
    from fastavg.kernels.vectorized.target import has_wide_vectors

    sizes = [(int(layer[layout.FAN_IN]), int(layer[layout.FAN_OUT])) for layer in table]
    # A layer of factors has no inputs of its own.
    called = (table[:, layout.ACTIVATION] == CALLED).any()
    if called or not min(sizes)[0] or rows > MOST_ROWS:
        return False
    weights = max(n_in * n_out for n_in, n_out in sizes)
    widest = max(max(pair) for pair in sizes)
    if width > WORD_BYTES and (
        rows * weights > MOST_MULTIPLICATIONS or rows * widest * width > MOST_BLOCK_BYTES
    ):
        return False
    large = weights * width > MOST_BYTES
    if has_wide_vectors():
        return not large and _few_are_idle(sizes, rows, VECTOR_BYTES // width)
    most = MOST_ROWS_OF_LARGE if large else MOST_ROWS
    return weights * width <= MOST_BYTES_OF_NARROW and rows <= most


def _few_are_idle(sizes: list[tuple[int, int]], rows: int, lanes: int) -> bool:
    full = -(-rows // lanes) * lanes
    if full > MOST_ROWS_IDLE * rows:
        return False
    working = taken = 0
    for index, (n_in, n_out) in enumerate(sizes):
        # Outputs and, but for the first layer, errors handed back; then the gradient.
        along_rows = 1 + (index > 0)
        working += (along_rows + 1) * n_in * n_out * rows
        columns = -(-n_out // lanes) * lanes
        taken += along_rows * n_in * n_out * full + n_in * columns * rows
    return taken <= MOST_IDLE * working


def add_vector_operands(
    table: NDArray[np.int64], rows: int, dtype: DTypeLike
) -> NDArray[np.floating]:
    """Fill in a table's columns of the operands of explicit vector products.

    Parameters
    ----------
    table : int64 array (layers, columns)
        The table that the training kernels read; changed in place.
    rows : int
        The most rows of one batch.
    dtype : dtype
        float32 or float64.

    Returns
    -------
    array of the dtype
        The memory that the table points to; it must live as long as the table is used.
    """
    from fastavg.kernels.network.activations import IDENTITY, LOGISTIC, RELU, TANH
    from fastavg.kernels.vectorized import float_tiles as tiles
    from fastavg.kernels.vectorized.float_chunks import copy_size
    from fastavg.kernels.vectorized.float_layers import COPY, HANDED_BACK, ONE, ZERO

    outputs = table[:, layout.FAN_OUT]
    # A one, a zero, the error with its rows one after the other, one layer's at a time, and the
    # copy of some weights.
    errors = lined(rows) * stride(int(outputs.max()))
    width = np.dtype(dtype).itemsize
    copies = [copy_size(int(n_in), rows, width) for n_in in table[:, layout.FAN_IN]]
    memory = aligned(layout.LINE + errors + max(copies), dtype)
    memory[0], start = 1, memory.ctypes.data
    copy = start + (layout.LINE + errors) * width
    table[:, COPY] = [copy if size else 0 for size in copies]
    table[:, layout.TURNED] = 1
    table[:, ONE], table[:, ZERO] = start, start + width
    table[:, layout.ERROR] = start + layout.LINE * width
    table[:, layout.ERROR_LD] = [width * stride(int(size)) for size in outputs]
    finishes = {
        IDENTITY: tiles.AS_IT_IS, RELU: tiles.TIMES_RELU, LOGISTIC: tiles.TIMES_LOGISTIC,
        TANH: tiles.TIMES_TANH,
    }
    for layer, before in zip(table[1:], table, strict=False):
        layer[HANDED_BACK] = finishes[int(before[layout.ACTIVATION])]
    return memory
