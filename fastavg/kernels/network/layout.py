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
# 1 if the called products are those of turned blocks, in all layers: the rows of the batch
# side by side for each unit, a whole number of vectors of them.  Or those of a layer of factors
# (factor_products), which make outputs and the gradient of biases themselves, too.
TURNED = 26
COLUMNS = 27
# Blocks start on, and wide rows take a multiple of, one cache line of float32.
LINE = 16


class Samples(NamedTuple):
    """The rows that a task trains on.

    Attributes
    ----------
    X : array (n_rows, n_features) of float32 or float64
        Features.
    Y : array (n_rows, n_outputs) or (n_rows, 1) like X
        Targets: a number for each output, or a class number.
    weights : array (n_rows,) like X, or empty
        Sample weights; empty if all are 1.
    order : array (n,) of int64
        Numbers of rows in the order of their use.
    """

    X: NDArray[np.floating]
    Y: NDArray[np.floating]
    weights: NDArray[np.floating]
    order: NDArray[np.int64]


class Scratch(NamedTuple):
    """Working memory that lives for one task; kernels never allocate any.

    Attributes
    ----------
    blocks : array of float32 or float64
        Inputs and outputs of all layers, and derivatives of called activations, for the rows
        of one batch; ``layers`` says where.
    errors : array (2 * rows * widest,) like blocks
        Errors of two neighbouring layers.
    gradient : array (size,) like blocks
        The gradient, or the panel of it that is in use.
    bias : array (widest,) like blocks
        The gradient of a layer's biases.
    ones : array (rows,) like blocks
        Ones; column sums are products with them.
    tile : array (TILE,) like blocks
        Working memory of the matrix products.
    columns : array (rows * (2 * n_outputs + 2),) like blocks
        The last layer and the targets, column by column.
    figures : array (2 * rows,) of float64
        Losses and factors of the rows.
    settings : array of float64
        Settings of the loss, such as Huber's delta.
    """

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
    """Round a size up to whole cache lines.

    Parameters
    ----------
    size : int
        A number of numbers.

    Returns
    -------
    int
        The next multiple of ``LINE``.
    """
    return -(-size // LINE) * LINE


def stride(size: int) -> int:
    """Distance of rows that lie on cache lines.

    From five lines on it is an odd number of lines: rows a power of two apart would fall into
    the same few cache sets.

    Parameters
    ----------
    size : int
        Numbers of a row.

    Returns
    -------
    int
        The distance, in numbers.
    """
    lines = lined(size) // LINE
    return LINE * (lines + (lines > 4 and lines % 2 == 0))
