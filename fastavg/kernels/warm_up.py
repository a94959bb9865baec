"""Compile kernels, or load them from the cache, before they are needed.

Whoever needs a part of them runs it once on a few numbers (:func:`warm_up`).  A second process
may go through the same kernels in another order meanwhile: one begins with those that take
longest (:func:`compile_first`), the other with what these call last (:func:`compile_aside`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.inner_parts import (
    around_steps,
    inner_mean,
    inner_steps,
    network_of_zeros,
    steps_back,
)
from fastavg.kernels.jit.cache_folder import cache_folder, is_compiled

__all__ = ["compile_aside", "compile_first", "is_compiled", "seconds_to_compile", "warm_up"]

# Processor seconds that parts take when none of the others is compiled; the longest ones, for
# parts have kernels in common.
SECONDS = {"training": 8.0, "rounds": 6.0, "prediction": 2.0, "vectors": 2.0}
USUAL_SECONDS = 8.0

Vector = NDArray[np.floating]
Works = tuple[tuple[Callable[[Vector], None], set[str]], ...]


@cache
def warm_up(dtype: str, part: str = "training") -> None:
    """Run every kernel of one part of the work once, on a few numbers.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    part : str
        ``training`` (mini-batches, averaging), ``rounds`` (mini-batches of a worker that trains
        alone, many rounds at once), ``weights`` (what is done with weights and rows between
        steps), ``prediction``, ``search`` (solvers with a line search),
        ``regular`` (dropout, L1, clipping, bounded weights), ``deformations`` (of images),
        ``ranks`` (averaging between ranks), ``blocks`` (rounds in blocks), ``regular blocks``,
        ``few bits`` (averages in 8 bits), ``gradients`` (gradient averaging in blocks),
        ``panels`` (the same by panels), ``regular gradients``, ``asynchronous`` (workers that
        share a center), ``split`` (layers that are split over processes) or ``vectors``
        (float32 products of small layers).
    """
    parts = {
        "training": _training, "search": _search, "regular": _regular, "ranks": _ranks,
        "rounds": _rounds, "weights": _around, "prediction": _prediction, "blocks": _blocks,
        "gradients": _gradients, "asynchronous": _asynchronous, "split": _split,
        "deformations": _deformations, "few bits": _few_bits, "panels": _by_panels,
        "vectors": _in_vectors,
        "regular blocks": lambda zeros: _blocks(zeros, _regular_record(zeros)),
        "regular gradients": lambda zeros: _gradients(zeros, _regular_record(zeros)),
    }
    parts[part](np.zeros(64, dtype))
    folder = cache_folder()
    if folder is not None:
        with contextlib.suppress(OSError):
            (folder / f"complete-{part}-{dtype}").touch()


def compile_first(dtype: str, parts: Iterable[str]) -> None:
    """Compile the kernels of some parts that take longest.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    parts : iterable of str
        As for :func:`warm_up`.
    """
    _run(FIRST, dtype, parts)


def compile_aside(dtype: str, parts: Iterable[str]) -> None:
    """Compile what another process needs, beginning with what it comes to last.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    parts : iterable of str
        Parts that the other process compiles, as for :func:`warm_up`.
    """
    _run(ASIDE, dtype, parts)


def _run(works: Works, dtype: str, parts: Iterable[str]) -> None:
    zeros, wanted = np.zeros(64, dtype), set(parts)
    for work, used_by in works:
        if used_by & wanted:
            work(zeros)


def seconds_to_compile(parts: Iterable[str], processors: int) -> float:
    """About how long compiling takes, in seconds.

    Parameters
    ----------
    parts : iterable of str
        Parts that are not compiled.
    processors : int
        Processors at hand.
    """
    longest = max((SECONDS.get(part, USUAL_SECONDS) for part in parts), default=0.0)
    return longest if processors < 2 else 0.6 * longest


def _rounds(zeros: Vector) -> None:
    _train_rounds(zeros)
    _around(zeros)


def _train_rounds(zeros: Vector) -> None:
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network.train_rounds import train_rounds

    layers, rows, scratch = network_of_zeros(zeros)
    train_rounds(
        layers, 2, updates.SGD, np.zeros(updates.HYPER_SIZE), np.zeros(1), 0.0, zeros.copy(),
        zeros[:0].reshape(0, 0), scratch, rows, np.array([[0, 2]]), np.array([0, 1]),
        np.zeros((1, 3)),
    )


def _around(zeros: Vector) -> None:
    from fastavg.kernels.keyed import permutation as shuffle
    from fastavg.kernels.network import packing
    from fastavg.kernels.network.dense import squared_weights
    from fastavg.kernels.numerics.subnormals import subnormals_are_zero

    layers, rows, _ = network_of_zeros(zeros)
    with subnormals_are_zero():
        pass
    squared_weights(layers, zeros)
    packing.repack(layers, zeros, layers, zeros.copy())
    packing.all_finite(zeros)
    keys, work = np.zeros(1, np.uint64), np.zeros((2, shuffle.BLOCK), np.uint64)
    shuffle.permute(keys, 2, rows.order, work, rows.order[None].copy())


def _training(zeros: Vector) -> None:
    _train_steps(zeros)
    _around(zeros)
    _mean(zeros)


def _train_steps(zeros: Vector) -> None:
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network.train_steps import train_steps

    layers, rows, scratch = network_of_zeros(zeros)
    hyper, steps = np.zeros(updates.HYPER_SIZE), np.array([[0, 2]])
    train_steps(
        layers, 2, updates.SGD, hyper, np.zeros(1), 0.0, zeros.copy(),
        zeros[:0].reshape(0, 0), scratch, rows, steps,
    )


def _mean(zeros: Vector) -> None:
    from fastavg.kernels.means.exact import mean

    mean(zeros, np.array([0, 32]), np.array([0.5, 0.5]), zeros[:32].copy())


def _prediction(zeros: Vector) -> None:
    from fastavg.kernels.network.dense import predict_rows
    from fastavg.kernels.network.packing import all_finite, repack

    layers, rows, scratch = network_of_zeros(zeros)
    repack(layers, zeros, layers, zeros.copy())
    all_finite(zeros)
    predict_rows(
        layers, 2, zeros, scratch.blocks, scratch.tile, rows.X, 0, 2, zeros.reshape(64, 1).copy()
    )


def _regular(zeros: Vector) -> None:
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network import regularized as regular

    layers, rows, scratch = network_of_zeros(zeros)
    hyper, steps = np.zeros(updates.HYPER_SIZE), np.array([[0, 2]])
    regular.train_steps_regular(
        layers, layers, 2, updates.SGD, hyper, np.zeros(1), 0.0, zeros.copy(),
        zeros[:0].reshape(0, 0), scratch, rows, steps, np.zeros(regular.LIMITS), np.zeros(1),
        np.uint64(0), 0,
    )


def _block(zeros: Vector) -> tuple[Any, ...]:
    # Barrier, share, training and steps of a block of one process.
    from fastavg.kernels.blocks import barrier, records
    from fastavg.kernels.blocks.segments import part_of
    from fastavg.kernels.network import optimizers as updates

    layers, rows, scratch = network_of_zeros(zeros)
    part_of(0, 1, 1)
    return (
        barrier.Barrier(np.zeros(barrier.WORDS, np.int32), 1, 1, 1),
        records.Share(0, 0, 1, 0, 1),
        records.Training(layers, layers, 2, updates.SGD, 0.0, scratch, rows),
        records.Steps(
            np.array([[[0, 2]]]), np.array([0, 1]), np.zeros(1), np.zeros(updates.HYPER_SIZE), 0
        ),
    )


def _regular_record(zeros: Vector) -> Any:
    from fastavg.kernels.blocks.records import Regular
    from fastavg.kernels.network.regularized import LIMITS

    layers, _, _ = network_of_zeros(zeros)
    return Regular(layers, np.zeros(LIMITS), np.zeros(1), np.zeros(1, np.uint64))


def _blocks(zeros: Vector, regular: Any = None) -> None:
    from fastavg.kernels.blocks import records
    from fastavg.kernels.blocks.barrier import abort
    from fastavg.kernels.blocks.local_rounds import LocalMemory, average_rounds
    from fastavg.kernels.blocks.segments import segments_of

    barrier, share, training, steps = _block(zeros)
    slots, kept, after = (zeros.reshape(1, 1, 64).copy() for _ in range(3))
    now, following, rule, rule_after = (zeros.reshape(1, 64).copy() for _ in range(4))
    average_rounds(
        barrier, share, training, regular, steps, segments_of(training.dense, training.layers),
        records.OuterRule(0, np.zeros(0), rule[:0], rule_after[:0]),
        LocalMemory(
            slots, records.AVERAGE, True, now, following, kept, after, np.zeros((1, 1, 3)),
            np.zeros((1, 3)),
        ),
    )
    abort(barrier.words)


def _gradients(zeros: Vector, regular: Any = None) -> None:
    from fastavg.kernels.blocks.barrier import abort
    from fastavg.kernels.blocks.gradient_memory import GradientMemory
    from fastavg.kernels.blocks.gradient_steps import average_gradients
    from fastavg.kernels.blocks.segments import pieces_of, segments_of

    barrier, share, training, steps = _block(zeros)
    state, gradients, now, following = (zeros.reshape(1, 64).copy() for _ in range(4))
    average_gradients(
        barrier, share, training, regular, steps, segments_of(training.dense, training.layers),
        pieces_of(training.layers, 16),
        GradientMemory(
            zeros.copy(), state[:0], gradients, np.zeros(1), np.zeros(1), now, following,
            np.zeros((1, 1, 3)), np.zeros((1, 3)), True, True,
        ),
    )
    abort(barrier.words)


def _by_panels(zeros: Vector) -> None:
    from fastavg.kernels.blocks.panel_steps import average_zeros

    average_zeros(zeros, *_block(zeros))


def _search(zeros: Vector) -> None:
    from fastavg.kernels.network import vectors
    from fastavg.kernels.network.dense import gather
    from fastavg.kernels.network.full_batch import add_losses, add_penalty, turn_weights

    layers, rows, scratch = network_of_zeros(zeros)
    gather(rows.X, rows.order, 0, 2, scratch.blocks, 1)
    turn_weights(layers, zeros, zeros.copy())
    for gradient in (zeros.copy(), zeros[:0]):
        add_losses(layers, 2, zeros.copy(), scratch, rows, 0, 0, 2, 1, 2.0, gradient, zeros[:0])
        add_penalty(layers, zeros.copy(), 0.5, gradient)
    vectors.dot(zeros, zeros)
    vectors.advance(zeros, 0.5, zeros, zeros.copy())
    vectors.redirect(0.5, zeros.copy(), zeros)


def _asynchronous(zeros: Vector) -> None:
    from fastavg.kernels.asynchronous import exchange
    from fastavg.kernels.asynchronous.owner_lock import WORDS, OwnerLock, take_over_lock
    from fastavg.kernels.blocks.segments import copy

    words = np.zeros(WORDS, np.int32)
    with OwnerLock(words, 1):
        take_over_lock(words, 0, 2, 1)
    exchange.keep_change(zeros, zeros.copy(), zeros.copy())
    exchange.give_and_take(zeros, zeros.copy(), zeros.copy(), zeros.copy(), 1.0)
    exchange.add_change(zeros.copy(), zeros, 1.0)
    exchange.follow(zeros.copy(), zeros, zeros)
    exchange.draw_together(zeros.copy(), zeros.copy(), 0.5)
    copy(zeros, zeros.copy())


def _split(zeros: Vector) -> None:
    from fastavg.kernels.blocks import barrier
    from fastavg.kernels.network import optimizers as updates
    from fastavg.kernels.network.layout import B_AT, W_AT
    from fastavg.kernels.split.slice_steps import Memory, Slice, slice_steps

    layers, rows, scratch = network_of_zeros(zeros)
    layers[0, W_AT], layers[0, B_AT] = 0, 1
    words = np.zeros(barrier.WORDS, np.int32)
    own = Slice(
        layers, np.zeros(1, np.int64), 1, 16, zeros.copy(), zeros[:2].reshape(2, 1, 1, 1).copy(),
        0, barrier.Barrier(words, 1, 1, 1),
    )
    slice_steps(
        own, Memory(zeros.copy(), zeros[:0].reshape(0, 0), scratch), 2, updates.SGD,
        np.zeros(updates.HYPER_SIZE), np.zeros(1), 0.0, rows, np.array([[0, 2]]),
    )
    barrier.abort(words)


def _deformations(zeros: Vector) -> None:
    from fastavg.kernels.images import spots, warp
    from fastavg.kernels.keyed.row_keys import row_keys, uniforms

    keys, rows = np.zeros(4, np.uint64), zeros.reshape(4, 16)
    row_keys(np.uint64(0), np.arange(4), np.arange(4), keys)
    uniforms(keys, 0, np.zeros(4))
    warp.warp(rows, np.arange(4), keys, 4, 4, np.ones(warp.SETTINGS), rows.copy())
    spots.add_noise(rows, keys, 1.0, rows.copy())
    spots.cut_out(rows, keys, 4, 4, 2, 0.0, rows.copy())


def _few_bits(zeros: Vector) -> None:
    from fastavg.kernels.means import one_bit, quantised

    top, starts, shares = zeros[:1].copy(), np.array([0, 32]), np.array([0.5, 0.5])
    center, peaks, change = zeros[:32].copy(), np.zeros(1, np.int32), np.zeros(32, np.int8)
    quantised.change_maxima(zeros, starts, shares, center, top)
    for whole in (np.int8, np.int16):
        quantised.add_whole_changes(
            zeros, starts, shares, center, top, np.zeros(2, np.uint64), np.zeros(32, whole)
        )
    quantised.round_again(np.zeros(32, np.int32), 0, np.uint64(0), change, peaks)
    quantised.add_change(center, change, top, peaks, center.copy())
    signs, sizes, total = np.zeros(64, np.uint8), np.zeros(1, np.float32), np.zeros(512)
    one_bit.encode_signs(center, center, center, signs, sizes, center.copy())
    one_bit.add_signs(signs, sizes, 0.5, total)
    one_bit.round_mean(total, 0, np.uint64(0), np.zeros(512, np.int8), sizes)
    one_bit.add_rounded(center, change, sizes, center.copy())


def _in_vectors(zeros: Vector) -> None:
    from fastavg.kernels.vectorized.float_layers import STAGE
    from fastavg.kernels.vectorized.target import has_vectors

    # Other networks, and other processors, never call them.
    if has_vectors():
        STAGE.address(zeros.dtype)


def _ranks(zeros: Vector) -> None:
    from fastavg.kernels.keyed import fingerprint
    from fastavg.kernels.means import exact as mean
    from fastavg.kernels.means.fast import plain_mean

    top, starts, shares = np.ones(1), np.array([0, 32]), np.array([0.5, 0.5])
    mean.chunk_maxima(zeros, starts, 32, top)
    mean.partial_mean(zeros, starts, shares, top, np.zeros(32))
    plain_mean(zeros, starts, shares, zeros[:32].copy())
    fingerprint.fold(zeros.view(np.uint64))


# What one of two processes begins with, and the other one, and for which parts.  Where steps are
# compiled twice, by themselves and within the rounds of a block, each compiles one of these.
FIRST: Works = (
    (_train_steps, {"training"}), (_mean, {"training"}), (_train_rounds, {"rounds"}),
    (inner_mean, {"blocks"}), (inner_steps, {"blocks"}),
)
ASIDE: Works = (
    (steps_back, {"blocks", "training", "rounds"}),
    (around_steps, {"blocks", "training", "rounds"}),
    (_blocks, {"blocks"}), (_mean, {"training"}), (_in_vectors, {"vectors"}),
    (_around, {"training", "rounds", "weights"}), (_prediction, {"prediction"}),
)
