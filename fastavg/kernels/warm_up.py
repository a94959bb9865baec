"""Compile kernels, or load them from the cache, before they are needed."""

from __future__ import annotations

import contextlib
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.jit.cache_folder import cache_folder, is_compiled
from fastavg.kernels.network.layout import COLUMNS, Samples, Scratch

__all__ = ["is_compiled", "warm_up"]

Vector = NDArray[np.floating]


@cache
def warm_up(dtype: str, part: str = "training") -> None:
    """Run every kernel of one part of the work once, on a few numbers.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    part : str
        ``training`` (mini-batches, averaging, prediction), ``search`` (solvers with a
        line search), ``regular`` (dropout, L1, clipping, bounded weights) or ``ranks``
        (averaging between ranks).
    """
    parts = {"training": _training, "search": _search, "regular": _regular, "ranks": _ranks}
    parts[part](np.zeros(64, dtype))
    folder = cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / f"complete-{part}-{dtype}").touch()


def _network(zeros: Vector) -> tuple[NDArray[np.int64], Samples, Scratch]:
    # One layer of one unit each way; input at 0, output at 16 of the blocks.
    layers = np.zeros((1, COLUMNS), np.int64)
    layers[0, :13] = 1, 1, 1, 0, 0, 1, 1, 0, 16, 16, 16, 16, 0
    rows = Samples(zeros.reshape(64, 1), zeros.reshape(64, 1), zeros[:0], np.arange(2))
    doubles = ("figures", "settings")
    vectors = {name: zeros.copy() for name in Scratch._fields if name not in doubles}
    return layers, rows, Scratch(**vectors, figures=np.zeros(4), settings=np.zeros(1))


def _training(zeros: Vector) -> None:
    from fastavg.kernels.keyed import permutation as shuffle
    from fastavg.kernels.means import exact as mean
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network import packing
    from fastavg.kernels.network.dense import predict_rows, squared_weights
    from fastavg.kernels.network.train_steps import train_steps

    layers, rows, scratch = _network(zeros)
    hyper, steps = np.zeros(updates.HYPER_SIZE), np.array([[0, 2]])
    train_steps(
        layers, 2, updates.SGD, hyper, np.zeros(1), 0.0, zeros.copy(),
        zeros[:0].reshape(0, 0), scratch, rows, steps,
    )
    predict_rows(
        layers, 2, zeros, scratch.blocks, scratch.tile, rows.X, 0, 2, zeros.reshape(64, 1).copy()
    )
    squared_weights(layers, zeros)
    packing.repack(layers, zeros, layers, zeros.copy())
    packing.all_finite(zeros)
    shuffle.permute(np.uint64(0), 2, rows.order, rows.order.copy())
    mean.mean(zeros, np.array([0, 32]), np.array([0.5, 0.5]), zeros[:32].copy())


def _regular(zeros: Vector) -> None:
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network import regularized as regular

    layers, rows, scratch = _network(zeros)
    hyper, steps = np.zeros(updates.HYPER_SIZE), np.array([[0, 2]])
    regular.train_steps_regular(
        layers, layers, 2, updates.SGD, hyper, np.zeros(1), 0.0, zeros.copy(),
        zeros[:0].reshape(0, 0), scratch, rows, steps, np.zeros(regular.LIMITS), np.zeros(1),
        np.uint64(0), 0,
    )


def _search(zeros: Vector) -> None:
    from fastavg.kernels.network import vectors
    from fastavg.kernels.network.dense import gather
    from fastavg.kernels.network.full_batch import add_losses, add_penalty

    layers, rows, scratch = _network(zeros)
    gather(rows.X, rows.order, 0, 2, scratch.blocks, 1)
    for gradient in (zeros.copy(), zeros[:0]):
        add_losses(layers, 2, zeros.copy(), scratch, rows, 0, 0, 2, 1, 2.0, gradient)
        add_penalty(layers, zeros.copy(), 0.5, gradient)
    vectors.dot(zeros, zeros)
    vectors.advance(zeros, 0.5, zeros, zeros.copy())
    vectors.redirect(0.5, zeros.copy(), zeros)


def _ranks(zeros: Vector) -> None:
    from fastavg.kernels.keyed import fingerprint
    from fastavg.kernels.means import exact as mean
    from fastavg.kernels.means.fast import plain_mean

    top, starts, shares = np.ones(1), np.array([0, 32]), np.array([0.5, 0.5])
    mean.chunk_maxima(zeros, starts, 32, top)
    mean.partial_mean(zeros, starts, shares, top, np.zeros(32))
    plain_mean(zeros, starts, shares, zeros[:32].copy())
    fingerprint.fold(zeros.view(np.uint64))
