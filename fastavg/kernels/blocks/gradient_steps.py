"""A block of gradient averaging by slots: many steps inside one compiled call in every process.

.. code-block:: text

    center --> the common weights and optimizer state                    (once)
       .----------> every worker's gradient of its rows, to its slot
       |            barrier: all gradients are there
       |            mean of the process's chunks over the workers, in worker order, with
       |                the arithmetic of the exact mean; step of the optimizer on the
       |                same chunks of weights and state, which exist once
       '----------- barrier: all weights are there
    weights and state --> following                                      (once)

A gradient counts by the row weights of its batch, so that the mean is the gradient of
the whole batch, and the step is that of one worker with the whole batch, to rounding.
The cost of the step is shared by the processes instead of repeated in each.

Chunks have the same borders for any number of processes, and an optimizer's step on a
piece of a chunk does not depend on what is done beside it: so neither do the bits.
Clipping by the norm, bounded weights and bounded steps need more than one chunk, and a barrier
more.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.blocks.atomics import load, store, take_over
from fastavg.kernels.blocks.barrier import NOT_FINITE, meet
from fastavg.kernels.blocks.chunk_mean import chunk_mean, is_light, light_mean, put_into_slots
from fastavg.kernels.blocks.chunk_steps import penalize_pieces, step_pieces, step_span
from fastavg.kernels.blocks.clock import seconds
from fastavg.kernels.blocks.gradient_memory import copy_vectors
from fastavg.kernels.blocks.records import (
    ABORTED,
    AVERAGING,
    LOSS,
    TRAINING,
    TRAINING_SECONDS,
    WAITING,
    WEIGHT,
    Room,
)
from fastavg.kernels.blocks.segments import LENGTH, WIDE_AT, fill
from fastavg.kernels.blocks.shares import shares_of
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network.called_products import pack_weights
from fastavg.kernels.network.layout import FAN_OUT, Scratch
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import all_finite
from fastavg.kernels.network.regularized import (
    CLIP_NORM_AT,
    CLIP_VALUE_AT,
    L1_AT,
    MAX_CHANGE_AT,
    MAX_NORM_AT,
    bound_columns,
    loss_gradient_regular,
    shorten,
)
from fastavg.kernels.network.train_steps import loss_gradient
from fastavg.kernels.numerics.float_bits import float_bits
from fastavg.kernels.numerics.prefetch import prefetch_rows, prefetch_span, prefetch_to_write
from fastavg.kernels.numerics.squared_sums import LANES, squared_distance, squared_norm

# Chunks that are averaged and updated together, if one sum of them all is exact.
SPAN = 8
# Numbers that are asked for before they are needed; more would not stay in a cache.
AT_ONCE = 1 << 15
# Units whose norms are bounded together.
UNITS = 64


@kernel
def worker_gradient(training, regular, theta, slot, first, rows, key_at, step):
    """slot <- the gradient of a batch, divided by its row weight; zero for a batch without rows.

    Parameters
    ----------
    training : Training
        Layers, loss, working memory and rows.
    regular : Regular or None
        Dropout; None for none.
    theta : array (wide size,)
        The weights in a worker's layout.
    slot : array (wide size,)
        The gradient, overwritten.
    first, rows : int
        Where the batch begins in the order of rows, and how long it is.
    key_at : int
        Which worker of this host.
    step : int
        Steps of the run before, for dropout.

    Returns
    -------
    loss, weight : float64
        Summed loss and row weight.
    """
    if rows == 0:
        fill(slot, 0.0)
        return 0.0, 0.0
    given = training.scratch
    scratch = Scratch(
        given.blocks, given.errors, slot, given.bias, given.ones, given.tile, given.columns,
        given.figures, given.settings,
    )
    if regular is None:
        loss, total = loss_gradient(
            training.layers, training.output, theta, scratch, training.rows, first, rows
        )
    else:
        loss, total = loss_gradient_regular(
            training.layers, regular.back, training.output, theta, scratch, training.rows,
            first, rows, regular.drops, regular.keys[key_at], step,
        )
    if not total > 0:
        fill(slot, 0.0)
    return loss, total


@kernel
def _train(share, training, regular, steps, memory, figures, s):
    """Every gradient of this process's workers in step ``s`` of the block."""
    data, n = training.rows, steps.batches.shape[1]
    pack_weights(training.layers, memory.theta)
    for k in range(share.first_worker, share.stop_worker):
        started = seconds()
        batches = steps.batches[k - share.first_worker]
        loss, total = worker_gradient(
            training, regular, memory.theta, memory.gradients[k], batches[s, 0],
            batches[s, 1], k, steps.first + s,
        )
        memory.totals[k] = total
        if s + 1 < n:
            # The next batch's rows lie anywhere in memory; they come while others are awaited.
            after, stop = batches[s + 1, 0], batches[s + 1, 0] + batches[s + 1, 1]
            prefetch_rows(data.X, data.order, after, stop)
            prefetch_rows(data.Y, data.order, after, stop)
        figures[k, LOSS] += loss
        figures[k, WEIGHT] += total
        figures[k, TRAINING_SECONDS] += seconds() - started


@kernel
def _take_over_slots(share, gradients, starts, at, stop):
    # What other processes have written and this one has read.
    for k in range(starts.size):
        if not share.first_worker <= k < share.stop_worker:
            take_over(gradients, starts[k] + at, starts[k] + stop)


@kernel
def _step_chunks(share, training, steps, pieces, memory, shares, total, rate, room):
    """Average this process's chunks of the gradients and take the optimizer's step on them."""
    workers, size = memory.gradients.shape
    gradients, theta, state = memory.gradients.reshape(-1), memory.theta, memory.state
    bits, light = float_bits(gradients), is_light(shares, gradients.itemsize)
    whole, sums, starts = room
    table, first, solver, hyper = pieces.table, pieces.first, training.solver, steps.hyper
    decay, grid = gradients.dtype.type(training.l2 / total), 0.0
    # All lines at once: the other processes' slots, and weights that all of them have read.
    begin = share.first_chunk * CHUNK
    count = min(
        size - begin, (share.stop_chunk - share.first_chunk) * CHUNK, AT_ONCE // workers
    )
    for k in range(workers):
        if not share.first_worker <= k < share.stop_worker:
            prefetch_span(gradients, starts[k] + begin, count)
    prefetch_to_write(theta, begin, count)
    for low in range(share.first_chunk, share.stop_chunk, SPAN):
        high = min(low + SPAN, share.stop_chunk)
        at, stop = low * CHUNK, min(size, high * CHUNK)
        if light and light_mean(bits, gradients, starts, shares, at, whole[: stop - at]):
            step_span(
                solver, hyper, rate, decay, theta, state, table, first[low], first[high], at, whole
            )
        else:
            for c in range(low, high):
                grid = chunk_mean(
                    bits, gradients, starts, shares, light, table, first[c], first[c + 1], grid,
                    sums, whole,
                )
                step_pieces(
                    solver, hyper, rate, decay, theta, state, table, first[c], first[c + 1], whole
                )


@kernel(allocates=True)
def _update_chunks(barrier, share, training, regular, steps, pieces, memory, shares, total, rate):
    """As :func:`_step_chunks`, with penalties and limits; False if aborted."""
    workers, size = memory.gradients.shape
    gradients, theta, state = memory.gradients.reshape(-1), memory.theta, memory.state
    bits, light = float_bits(gradients), is_light(shares, gradients.itemsize)
    whole, room = np.empty(CHUNK, gradients.dtype), np.empty(CHUNK)
    lanes = np.empty(LANES)
    starts = np.arange(workers) * size
    table, first, solver, hyper = pieces.table, pieces.first, training.solver, steps.hyper
    number, grid = gradients.dtype.type, 0.0
    decay = number(training.l2 / total)
    begin, end = share.first_chunk * CHUNK, min(theta.size, share.stop_chunk * CHUNK)
    capped = regular.limits[MAX_CHANGE_AT] < np.inf
    before = theta[begin:end].copy() if capped else theta[:0]
    for c in range(share.first_chunk, share.stop_chunk):
        low, high = first[c], first[c + 1]
        grid = chunk_mean(
            bits, gradients, starts, shares, light, table, low, high, grid, room, whole
        )
        _take_over_slots(share, gradients, starts, c * CHUNK, min(size, (c + 1) * CHUNK))
        limits = regular.limits
        n = penalize_pieces(
            theta, table, low, high, whole, decay, number(limits[L1_AT] / total),
            number(limits[CLIP_VALUE_AT]),
        )
        if limits[CLIP_NORM_AT] < np.inf:
            memory.squares[c] = squared_norm(whole[:n], lanes)
            # Nobody else reads this chunk of the slots again.
            put_into_slots(gradients, starts[:1], table, low, high, whole)
        else:
            step_pieces(solver, hyper, rate, number(0), theta, state, table, low, high, whole)
    if regular.limits[CLIP_NORM_AT] < np.inf:
        if not meet(barrier):
            return False
        _clipped_steps(share, training, regular, steps, pieces, memory, rate)
    if capped and not _shorten_step(barrier, share, regular, memory, before, lanes):
        return False
    if regular.limits[MAX_NORM_AT] < np.inf:
        if not meet(barrier):
            return False
        _bound_units(barrier, share, training, regular, memory)
    return True


@kernel(exact=True)
def _norm(squares):
    # In the order of the chunks, whoever has made them.
    total = 0.0
    for square in squares:
        total += square
    return np.sqrt(total)


@kernel(allocates=True)
def _clipped_steps(share, training, regular, steps, pieces, memory, rate):
    table, first, gradient = pieces.table, pieces.first, memory.gradients[0]
    number, norm = gradient.dtype.type, _norm(memory.squares)
    whole = np.empty(CHUNK, gradient.dtype)
    most = regular.limits[CLIP_NORM_AT]
    factor = number(most / norm) if norm > most else number(1)
    for c in range(share.first_chunk, share.stop_chunk):
        n = 0
        for piece in range(first[c], first[c + 1]):
            at = table[piece, WIDE_AT]
            for i in range(table[piece, LENGTH]):
                whole[n] = gradient[at + i] * factor
                n += 1
        step_pieces(
            training.solver, steps.hyper, rate, number(0), memory.theta, memory.state, table,
            first[c], first[c + 1], whole,
        )


@kernel
def _shorten_step(barrier, share, regular, memory, before, lanes):
    theta, squares, begin = memory.theta, memory.squares, share.first_chunk * CHUNK
    # The norm of the gradient is read from the same numbers.
    if regular.limits[CLIP_NORM_AT] < np.inf and not meet(barrier):
        return False
    for c in range(share.first_chunk, share.stop_chunk):
        at, stop = c * CHUNK, min(theta.size, (c + 1) * CHUNK)
        squares[c] = squared_distance(theta[at:stop], before[at - begin : stop - begin], lanes)
    if not meet(barrier):
        return False
    own = theta[begin : begin + before.size]
    shorten(own, before, _norm(squares), regular.limits[MAX_CHANGE_AT])
    return True


@kernel(allocates=True)
def _bound_units(barrier, share, training, regular, memory):
    theta, sums = memory.theta, np.empty(UNITS, memory.theta.dtype)
    place = 0
    for layer in training.layers:
        for start in range(0, layer[FAN_OUT], UNITS):
            if place % barrier.members == share.member:
                bound_columns(
                    layer, start, min(UNITS, layer[FAN_OUT] - start), theta,
                    regular.limits[MAX_NORM_AT], sums,
                )
            place += 1


@kernel(allocates=True)
def average_gradients(barrier, share, training, regular, steps, segments, pieces, memory):
    """Take part in a block of gradient averaging.

    Parameters
    ----------
    barrier : Barrier
        Where the processes of the block meet.
    share : Share
        ``first_chunk`` and ``stop_chunk`` count chunks of the wide vector.
    training : Training
        What every step takes: layers, loss, optimizer, L2 penalty, working memory, rows.
    regular : Regular or None
        Dropout, L1 penalty and limits; None to train without any of them.
    steps : Steps
        A round is what one row of figures is about; averages are made at every step.  The
        optimizer's numbers say how many steps its state has seen, and are moved on.
    segments : Segments
        Of ``training.dense`` and ``training.layers``.
    pieces : Segments
        Of ``training.layers`` (:func:`fastavg.kernels.blocks.segments.pieces_of`).
    memory : GradientMemory
        What the processes share, changed in place.

    Returns
    -------
    int
        The number of rounds.  Fewer than asked: after the next one a weight would not have
        been finite, and nothing in ``following`` counts.  ``ABORTED``: a process was lost.
    """
    workers, size = memory.gradients.shape
    room = Room(
        np.empty(SPAN * CHUNK, memory.gradients.dtype), np.empty(CHUNK),
        np.arange(workers) * size,
    )
    return _take_part(
        barrier, share, training, regular, steps, segments, pieces, memory, np.empty(workers), room
    )


@kernel
def _take_part(
    barrier, share, training, regular, steps, segments, pieces, memory, shares, room
):
    theta, spent = memory.theta, memory.spent[share.member]
    fill(spent, 0.0)
    start, stop = share.first_chunk * CHUNK, min(theta.size, share.stop_chunk * CHUNK)
    if memory.loads:
        copy_vectors(segments, start, stop, memory, memory.now, False)
    if not meet(barrier):
        return ABORTED
    now = seconds()
    for round in range(steps.bounds.size - 1):
        figures = memory.figures[round]
        for k in range(share.first_worker, share.stop_worker):
            fill(figures[k], 0.0)
        for s in range(steps.bounds[round], steps.bounds[round + 1]):
            _train(share, training, regular, steps, memory, figures, s)
            trained = seconds()
            if not meet(barrier):
                return ABORTED
            met = seconds()
            steps.hyper[STEP_AT] += 1
            moved, total = shares_of(memory.totals, shares)
            if moved:
                if regular is None:
                    _step_chunks(
                        share, training, steps, pieces, memory, shares, total, steps.rates[s],
                        room,
                    )
                elif not _update_chunks(
                    barrier, share, training, regular, steps, pieces, memory, shares, total,
                    steps.rates[s],
                ):
                    return ABORTED
            if s + 1 == steps.bounds[round + 1] and not all_finite(theta[start:stop]):
                store(barrier.words, NOT_FINITE, np.int32(1))
            updated = seconds()
            if not meet(barrier):
                return ABORTED
            # The others' weights, to read: whoever asks for a line to write takes it from those
            # who still read it.
            prefetch_span(theta, 0, min(start, AT_ONCE))
            prefetch_span(theta, stop, min(theta.size - stop, AT_ONCE))
            spent[TRAINING] += trained - now
            spent[WAITING] += met - trained
            spent[AVERAGING] += updated - met
            now = seconds()
            spent[WAITING] += now - updated
        if load(barrier.words, NOT_FINITE) != 0:
            return round
    if memory.stores:
        copy_vectors(segments, start, stop, memory, memory.following, True)
    return steps.bounds.size - 1
