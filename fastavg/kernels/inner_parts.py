"""Kernels that other kernels call, compiled on their own: shares of a first use's work.

Two processes that compile the same large kernel begin with different ones of these.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network.layout import COLUMNS, Samples, Scratch

Vector = NDArray[np.floating]


def network_of_zeros(zeros: Vector) -> tuple[NDArray[np.int64], Samples, Scratch]:
    """Layers, rows and working memory of the smallest network.

    Parameters
    ----------
    zeros : array (64,)
        Of the dtype that kernels are compiled for.

    Returns
    -------
    layers : array (1, COLUMNS) of int64
    rows : Samples
    scratch : Scratch
    """
    # One layer of one unit each way; input at 0, output at 16 of the blocks.
    layers = np.zeros((1, COLUMNS), np.int64)
    layers[0, :13] = 1, 1, 1, 0, 0, 1, 1, 0, 16, 16, 16, 16, 0
    rows = Samples(zeros.reshape(64, 1), zeros.reshape(64, 1), zeros[:0], np.arange(2))
    doubles = ("figures", "settings")
    vectors = {name: zeros.copy() for name in Scratch._fields if name not in doubles}
    return layers, rows, Scratch(**vectors, figures=np.zeros(4), settings=np.zeros(1))


def inner_steps(zeros: Vector) -> None:
    """Compile steps, as the rounds of a block call them.

    Parameters
    ----------
    zeros : array (64,)
        Of the dtype that it is compiled for.
    """
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network.train_steps import train_steps

    layers, rows, scratch = network_of_zeros(zeros)
    train_steps.compile_inner(
        layers, 2, updates.SGD, np.zeros(updates.HYPER_SIZE), np.zeros(1), 0.0, zeros,
        zeros[:0].reshape(0, 0), scratch, rows, np.array([[0, 2]]),
    )


def inner_mean(zeros: Vector) -> None:
    """Compile the mean of a chunk, as the rounds of a block call it.

    Parameters
    ----------
    zeros : array (64,)
        Of the dtype that it is compiled for.
    """
    from fastavg.kernels.blocks.chunk_mean import chunk_mean
    from fastavg.kernels.numerics.float_bits import float_bits

    chunk_mean.compile_inner(
        float_bits(zeros), zeros, np.zeros(1, np.int64), np.zeros(1), True,
        np.zeros((1, 3), np.int64), 0, 1, 0.0, np.zeros(1), zeros,
    )


def steps_back(zeros: Vector) -> None:
    """Compile the second half of a step, as ``train_steps`` calls it.

    Parameters
    ----------
    zeros : array (64,)
        Of the dtype that it is compiled for.
    """
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network.dense import backward

    layers, _, scratch = network_of_zeros(zeros)
    backward.compile_inner(
        layers, zeros, zeros[:0].reshape(0, 0), scratch, 2, 2.0, updates.SGD,
        np.zeros(updates.HYPER_SIZE), 0.0, 0.0,
    )


def around_steps(zeros: Vector) -> None:
    """Compile what ``train_steps`` and the losses call last before that.

    Parameters
    ----------
    zeros : array (64,)
        Of the dtype that it is compiled for.
    """
    from fastavg.kernels.network.batch_weight import batch_weight
    from fastavg.kernels.network.outputs import squared_error
    from fastavg.kernels.numerics.prefetch import prefetch_rows

    _, rows, scratch = network_of_zeros(zeros)
    prefetch_rows.compile_inner(rows.X, rows.order, 0, 2)
    batch_weight.compile_inner(rows.weights, rows.order, 0, 2)
    squared_error.compile_inner(zeros, zeros, 1, 1, scratch.figures, scratch.figures)
