"""Compile every training kernel, or load it from the cache, before it is needed."""

from __future__ import annotations

import contextlib
from functools import cache

import numpy as np

from fastavg.kernels.cachefolder import cache_folder, is_compiled

__all__ = ["is_compiled", "warm_up"]


@cache
def warm_up(dtype: str) -> None:
    """Run every training kernel once on a few numbers."""
    from fastavg.kernels import fingerprint, mean, packing, shuffle, updates, vectors
    from fastavg.kernels.dense import gather, predict_rows, squared_weights
    from fastavg.kernels.epoch import loss_gradient, train_steps
    from fastavg.kernels.layout import COLUMNS, Rows, Scratch
    from fastavg.kernels.objective import add_losses, add_penalty

    zeros = np.zeros(64, dtype)
    # One layer of one unit each way; input at 0, output at 16 of the blocks.
    layers = np.zeros((1, COLUMNS), np.int64)
    layers[0] = 1, 1, 1, 0, 0, 1, 1, 0, 16, 16, 16
    places = np.arange(2)
    rows = Rows(zeros.reshape(64, 1), zeros.reshape(64, 1), zeros[:0], places)
    scratch = Scratch._make([*(zeros.copy() for _ in Scratch._fields[:-1]), np.zeros(4)])
    state = zeros[:0].reshape(0, 0)
    hyper, steps = np.zeros(updates.HYPER_SIZE), np.array([[0, 2]])
    train_steps(
        layers, 2, updates.SGD, hyper, np.zeros(1), 0.0, zeros.copy(), state, scratch, rows, steps
    )
    loss_gradient(layers, 2, zeros.copy(), scratch, rows, 0, 2)
    predict_rows(
        layers, 2, zeros, scratch.blocks, scratch.tile, rows.X, 0, 2, zeros.reshape(64, 1).copy()
    )
    squared_weights(layers, zeros)
    gather(rows.X, places, 0, 2, scratch.blocks, 1)
    for gradient in (zeros.copy(), zeros[:0]):
        add_losses(layers, 2, zeros.copy(), scratch, rows, 0, 0, 2, 1, 2.0, gradient)
        add_penalty(layers, zeros.copy(), 0.5, gradient)
    vectors.dot(zeros, zeros)
    vectors.advance(zeros, 0.5, zeros, zeros.copy())
    vectors.redirect(0.5, zeros.copy(), zeros)
    packing.repack(layers, zeros, layers, zeros.copy())
    packing.all_finite(zeros)
    shuffle.permute(np.uint64(0), 2, places, places.copy())
    top, starts, shares = np.ones(1), np.array([0, 32]), np.array([0.5, 0.5])
    mean.mean(zeros, starts, shares, zeros[:32].copy())
    fingerprint.fold(zeros.view(np.uint64))
    mean.chunk_maxima(zeros, starts, 32, top)
    mean.partial_mean(zeros, starts, shares, top, np.zeros(32))
    folder = cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / f"complete-{dtype}").touch()
