"""A block of model averaging: many rounds inside one compiled call in every process.

.. code-block:: text

    center --> every worker's slot                                       (once)
       .----------> train the process's workers, each in its slot
       |            barrier: all slots are trained
       |            average the process's chunks of all slots, in worker order,
       |                with the arithmetic of the exact mean; put the next
       |                center back into every slot
       '----------- barrier: all slots hold the next center
    the last round's center --> following                                (once)

A slot has a worker's layout with wider rows, so that training needs no copy.  Chunks are
those of the dense vector: the center has the bits that :func:`fastavg.kernels.means.exact.mean`
gives, however many processes share the chunks.  A block reads ``now`` and writes
``following``; one that is broken off has changed nothing that it would read again.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.atomics import load, store
from fastavg.kernels.blocks.barrier import NOT_FINITE, meet
from fastavg.kernels.blocks.chunk_mean import chunk_mean, is_light, put_into_slots
from fastavg.kernels.blocks.clock import seconds
from fastavg.kernels.blocks.records import (
    ABORTED,
    AVERAGE,
    AVERAGING,
    KEEP,
    LOSS,
    RESET,
    TRAINING,
    TRAINING_SECONDS,
    WAITING,
    WEIGHT,
    Room,
    Vectors,
)
from fastavg.kernels.blocks.rules import MEAN, step_rule
from fastavg.kernels.blocks.segments import DENSE_AT, LENGTH, copy, fill
from fastavg.kernels.blocks.shares import shares_of
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network.called_products import pack_weights
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import all_finite, repack
from fastavg.kernels.network.regularized import train_steps_regular
from fastavg.kernels.network.train_steps import train_steps
from fastavg.kernels.numerics.float_bits import float_bits
from fastavg.kernels.numerics.prefetch import prefetch_rows


class LocalMemory(NamedTuple):
    """What the processes of a block of model averaging share.

    Parameters
    ----------
    slots : array (workers, 1 + state vectors, wide size)
        Every worker's weights and state; what stands in them before a block is not read.
    state_mode : int
        ``AVERAGE``, ``RESET`` or ``KEEP``.
    fresh : bool
        True in the run's first block, where kept states begin with zeros.
    now, following : array (vectors, at least n_weights)
        The dense center at the start and at the end: weights, then averaged states.
    kept_now, kept_following : array (workers, 1 + state vectors, at least n_weights)
        With ``KEEP``, each worker's own dense states; vector 0 is not used.
    figures : array (rounds, workers, 3) of float64
        Summed loss and row weight of every worker's round, and its seconds.
    spent : array (processes, 3) of float64
        Seconds of each process: training, averaging, waiting.
    """

    slots: Vectors
    state_mode: int
    fresh: bool
    now: Vectors
    following: Vectors
    kept_now: Vectors
    kept_following: Vectors
    figures: NDArray[np.float64]
    spent: NDArray[np.float64]


@kernel
def _load_workers(share, training, memory):
    slots, mode = memory.slots, memory.state_mode
    for k in range(share.first_worker, share.stop_worker):
        repack(training.dense, memory.now[0], training.layers, slots[k, 0])
        for v in range(1, slots.shape[1]):
            if mode == AVERAGE:
                repack(training.dense, memory.now[v], training.layers, slots[k, v])
            elif mode == KEEP and not memory.fresh:
                repack(training.dense, memory.kept_now[k, v], training.layers, slots[k, v])
            else:
                fill(slots[k, v], 0.0)


@kernel
def _keep_states(share, training, memory):
    slots = memory.slots
    for k in range(share.first_worker, share.stop_worker):
        for v in range(1, slots.shape[1]):
            repack(training.layers, slots[k, v], training.dense, memory.kept_following[k, v])


@kernel
def _load_rule(share, rule, memory, n):
    # The working copies of the center and the rule's state: this process's chunks.
    start, stop = share.first_chunk * CHUNK, min(n, share.stop_chunk * CHUNK)
    if rule.code != MEAN and start < stop:
        copy(memory.now[0, start:stop], memory.following[0, start:stop])
        for v in range(rule.now.shape[0]):
            copy(rule.now[v, start:stop], rule.following[v, start:stop])


@kernel(thin=True)
def _train_worker(share, training, regular, steps, memory, round, k):
    _, vectors, size = memory.slots.shape
    begin, end = steps.bounds[round], steps.bounds[round + 1]
    theta = memory.slots[k, 0]
    at = (k * vectors + 1) * size
    flat = memory.slots.reshape(-1)[at : at + (vectors - 1) * size]
    state = flat.reshape(vectors - 1, size)
    if memory.state_mode == RESET:
        fill(flat, 0.0)
        steps.hyper[STEP_AT] = 0
    else:
        steps.hyper[STEP_AT] = steps.first + begin
    batches, rates = steps.batches[k - share.first_worker, begin:end], steps.rates[begin:end]
    # Products of rounded operands know the weights from the last step, not from the average.
    pack_weights(training.layers, theta)
    if regular is None:
        return train_steps(
            training.layers, training.output, training.solver, steps.hyper, rates, training.l2,
            theta, state, training.scratch, training.rows, batches,
        )
    return train_steps_regular(
        training.layers, regular.back, training.output, training.solver, steps.hyper, rates,
        training.l2, theta, state, training.scratch, training.rows, batches,
        regular.limits, regular.drops, regular.keys[k], steps.first + begin,
    )


@kernel
def _ask_for_rows(share, training, steps, round, k):
    # Those that this process trains on next lie anywhere in memory; they come meanwhile.
    at = steps.bounds[round]
    k += 1
    if k == share.stop_worker:
        k, at = share.first_worker, steps.bounds[round + 1]
    if at < steps.batches.shape[1]:
        first, rows = steps.batches[k - share.first_worker, at]
        data = training.rows
        prefetch_rows(data.X, data.order, first, first + rows)
        prefetch_rows(data.Y, data.order, first, first + rows)


@kernel(thin=True)
def _average_chunks(barrier, share, segments, rule, memory, shares, moved, last, room):
    """Average this process's chunks; the next center goes to the slots, or to ``following``."""
    workers, vectors, size = memory.slots.shape
    slots = memory.slots.reshape(-1)
    bits, light = float_bits(slots), is_light(shares, slots.itemsize)
    table, first = segments
    whole, total, starts = room
    for v in range(vectors if memory.state_mode == AVERAGE else 1):
        grid = 0.0
        for k in range(workers):
            starts[k] = (k * vectors + v) * size
        for c in range(share.first_chunk, share.stop_chunk):
            low, high = first[c], first[c + 1]
            at = table[low, DENSE_AT]
            n = table[high - 1, DENSE_AT] + table[high - 1, LENGTH] - at
            chunk = whole[:n]
            grid = chunk_mean(
                bits, slots, starts, shares, light, table, low, high, grid, total, chunk
            )
            if v == 0:
                finite = np.isfinite(grid)
                if rule.code != MEAN and moved:
                    center = memory.following[0, at : at + n]
                    step_rule(rule.code, rule.hyper, center, chunk, rule.following, at)
                    copy(chunk, center)
                    finite = finite and all_finite(chunk)
                if not finite:
                    store(barrier.words, NOT_FINITE, np.int32(1))
            if last:
                copy(chunk, memory.following[v, at : at + n])
            else:
                put_into_slots(slots, starts, table, low, high, chunk)


@kernel(allocates=True)
def average_rounds(barrier, share, training, regular, steps, segments, rule, memory):
    """Take part in a block of model averaging.

    Parameters
    ----------
    barrier : Barrier
        Where the processes of the block meet.
    share : Share
        What this process trains and averages.
    training : Training
        What every step takes: layers, loss, optimizer, L2 penalty, working memory, rows.
    regular : Regular or None
        Dropout, L1 penalty and limits; None to train without any of them.
    steps : Steps
        The batches and learning rates; the average is made after each round.
    segments : Segments
        Of ``training.dense`` and ``training.layers``.
    rule : OuterRule
        What makes the next center out of the last one and the mean.
    memory : LocalMemory
        What the processes share, changed in place.

    Returns
    -------
    int
        The number of rounds.  Fewer than asked: in the next one a weight would not have been
        finite, and nothing in ``following`` counts.  ``ABORTED``: a process was lost.
    """
    workers = memory.slots.shape[0]
    room = Room(
        np.empty(CHUNK, memory.slots.dtype), np.empty(CHUNK), np.empty(workers, np.int64)
    )
    return _take_part(
        barrier, share, training, regular, steps, segments, rule, memory, np.empty(workers), room
    )


@kernel(thin=True)
def _take_part(barrier, share, training, regular, steps, segments, rule, memory, shares, room):
    rounds = steps.bounds.size - 1
    n = segments.table[-1, DENSE_AT] + segments.table[-1, LENGTH]
    spent = memory.spent[share.member]
    fill(spent, 0.0)
    _load_workers(share, training, memory)
    _load_rule(share, rule, memory, n)
    now = seconds()
    for round in range(rounds):
        figures = memory.figures[round]
        for k in range(share.first_worker, share.stop_worker):
            started = now
            loss, weight = _train_worker(share, training, regular, steps, memory, round, k)
            _ask_for_rows(share, training, steps, round, k)
            now = seconds()
            figures[k, LOSS], figures[k, WEIGHT] = loss, weight
            figures[k, TRAINING_SECONDS] = now - started
            spent[TRAINING] += now - started
        if not meet(barrier):
            return ABORTED
        met = seconds()
        moved, _ = shares_of(figures[:, WEIGHT], shares)
        _average_chunks(
            barrier, share, segments, rule, memory, shares, moved, round == rounds - 1, room
        )
        averaged = seconds()
        if not meet(barrier):
            return ABORTED
        if load(barrier.words, NOT_FINITE) != 0:
            return round
        spent[WAITING] += met - now
        spent[AVERAGING] += averaged - met
        now = seconds()
        spent[WAITING] += now - averaged
    if memory.state_mode == KEEP:
        _keep_states(share, training, memory)
    return rounds
