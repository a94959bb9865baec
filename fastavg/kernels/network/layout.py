"""How kernels see a network: a table with one row a layer.

The table says where a layer's weights and biases start in the flat vector, how far
apart its rows are, which activation follows, and where its input and output blocks
start in the scratch buffer.  The public vector is dense (W then b, layer after
layer); a worker's private copy may give rows a wider stride.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

FAN_IN, FAN_OUT, WIDTH, ACTIVATION, W_AT, W_LD, B_AT, IN_AT, IN_LD, OUT_AT, OUT_LD = range(11)
# What errors coming back meet: the outputs, or derivatives that the forward pass left; and the
# address of an activation that is called.
KEPT_AT, CALLED_AT = 11, 12
# The address of the products of a layer, if they are called instead of made by BLAS, and
# where their operands lie: each one's address, and the distance of its rows or panels in bytes.
PRODUCTS_AT = 13
INPUT, INPUT_LD, TURNED_INPUT, TURNED_INPUT_LD = range(14, 18)
WEIGHTS, WEIGHTS_LD, TURNED_WEIGHTS, TURNED_WEIGHTS_LD = range(18, 22)
ERROR, ERROR_LD, ERROR_PANELS, ERROR_PANELS_LD = range(22, 26)
COLUMNS = 26
# Blocks start on, and wide rows take a multiple of, one cache line of float32.
LINE = 16


class Samples(NamedTuple):
    """The data of a task: features, targets, row weights (empty: all 1), row order."""

    X: NDArray[np.floating]
    Y: NDArray[np.floating]
    weights: NDArray[np.floating]
    order: NDArray[np.int64]


class Scratch(NamedTuple):
    """Buffers that live for one task and are never allocated inside a kernel."""

    blocks: NDArray[np.floating]
    errors: NDArray[np.floating]
    gradient: NDArray[np.floating]
    bias: NDArray[np.floating]
    ones: NDArray[np.floating]
    tile: NDArray[np.floating]
    columns: NDArray[np.floating]
    figures: NDArray[np.float64]
    settings: NDArray[np.float64]


def lined(size: int) -> int:
    """The next multiple of a cache line's numbers."""
    return -(-size // LINE) * LINE


def stride(size: int) -> int:
    """The distance of rows of ``size`` numbers: whole cache lines, an odd number of them
    where it matters, since rows a power of two apart fall into the same few cache sets.
    """
    lines = lined(size) // LINE
    return LINE * (lines + (lines > 4 and lines % 2 == 0))
