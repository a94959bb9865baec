"""A block of gradient averaging whose processes exchange outputs and errors, not gradients.

.. code-block:: text

    center --> the common weights and optimizer state                    (once)
       .----------> outputs of the process's panels of the first layer, of all workers' rows
       |            barrier: all these outputs, and all weights, are there
       |            the process's workers: outputs of the other layers, loss, errors of all layers
       |            barrier: all errors are there
       |            for each of the process's units of every layer, while it is in cache: every
       |                worker's gradient, their mean with the arithmetic of the exact mean,
       '----------- step of the optimizer on weights and state, which exist once
    weights and state --> following                                      (once)

Outputs and errors of a batch are far fewer than the numbers of a gradient, and the weights of the
first layer, mostly the largest, never leave the process that updates them.  If its panels
cannot be shared evenly, every process makes the first layer's outputs of its own workers' rows,
after the first barrier, and the bits stay the same.

A worker's block of outputs and errors exists twice: a process may be one barrier ahead.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.blocks.atomics import load, store
from fastavg.kernels.blocks.barrier import NOT_FINITE, Barrier, abort, meet
from fastavg.kernels.blocks.chunk_mean import chunk_mean, is_light, light_mean
from fastavg.kernels.blocks.chunk_steps import step_pieces
from fastavg.kernels.blocks.clock import seconds
from fastavg.kernels.blocks.panel_inputs import chunk_start, gather_in_chunks
from fastavg.kernels.blocks.panel_products import (
    add_inputs,
    average_unit,
    in_vectors,
    unit_gradient,
)
from fastavg.kernels.blocks.panels import (
    AT,
    END,
    PANEL,
    START,
    STOP,
    Panels,
    activate_panel,
    copy_units,
    loss_and_errors,
    unit_inputs,
)
from fastavg.kernels.blocks.records import (
    ABORTED,
    AVERAGING,
    LOSS,
    TRAINING,
    TRAINING_SECONDS,
    WAITING,
    WEIGHT,
    PanelMemory,
    Room,
    Share,
    Steps,
    Training,
    Vectors,
)
from fastavg.kernels.blocks.segments import LENGTH, WIDE_AT, fill, part_of, pieces_of
from fastavg.kernels.blocks.shares import shares_of
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network.layout import ERROR_LD, FAN_IN, IN_LD, W_LD
from fastavg.kernels.network.optimizers import STEP_AT
from fastavg.kernels.network.packing import all_finite
from fastavg.kernels.numerics.float_bits import float_bits
from fastavg.kernels.numerics.prefetch import prefetch_rows, prefetch_to_write
from fastavg.kernels.vectorized.mean_gradient import NOTED


@kernel
def _units(member, members, panels, index):
    # The units of a layer that a process updates.
    begin = panels.first_unit[index]
    low, high = part_of(member, members, panels.first_unit[index + 1] - begin)
    return begin + low, begin + high


@kernel
def _copy_own(barrier, share, panels, memory, dense, to_dense):
    for index in range(panels.layers.shape[0]):
        low, high = _units(share.member, barrier.members, panels, index)
        copy_units(panels, low, high, memory.theta, dense[0], to_dense)
        for v in range(memory.state.shape[0]):
            if 1 + v < dense.shape[0]:
                copy_units(panels, low, high, memory.state[v], dense[1 + v], to_dense)
            elif not to_dense and low < high:
                # State that is reset begins with zeros and is not kept.
                fill(memory.state[v, panels.units[low, AT] : panels.units[high - 1, END]], 0.0)


@kernel
def _own_are_finite(barrier, share, panels, theta):
    for index in range(panels.layers.shape[0]):
        low, high = _units(share.member, barrier.members, panels, index)
        if low < high:
            begin, end = panels.units[low, AT], panels.units[high - 1, END]
            if not all_finite(theta[begin:end]):
                return False
    return True


@kernel
def _forward_first(panels, training, memory, batches, blocks, low, high, first, stop):
    # Panels ``low`` to ``high`` of the first layer, for the rows of workers ``first`` to ``stop``:
    # what is read of inputs and weights is in cache for all panels and workers.
    width, distance = panels.width, panels.distance
    for at in range(0, panels.layers[0, FAN_IN], width):
        for p in range(low, high):
            for k in range(first, stop):
                if batches[k, 1] > 0:
                    add_inputs(
                        panels.table[p], memory.theta, at, width,
                        memory.inputs[k, chunk_start(at, width, distance) :], blocks[k],
                        batches[k, 1], training.scratch.tile,
                    )
    for p in range(low, high):
        for k in range(first, stop):
            if batches[k, 1] > 0:
                activate_panel(panels.table[p], memory.theta, blocks[k], batches[k, 1])


@kernel
def _train(share, training, panels, memory, batches, blocks, figures):
    """Loss and errors of this process's workers."""
    for k in range(share.first_worker, share.stop_worker):
        started = seconds()
        loss, total = 0.0, 0.0
        if batches[k, 1] > 0:
            loss, total = loss_and_errors(
                panels, training.output, memory.theta, blocks[k], training.scratch,
                training.rows, batches[k, 0], batches[k, 1],
            )
        memory.totals[k] = total
        figures[k, LOSS] += loss
        figures[k, WEIGHT] += total
        figures[k, TRAINING_SECONDS] += seconds() - started


@kernel
def _units_apart(panels, low, high):
    # How many units lie between those that read the same inputs, in neighbouring panels.
    apart = 1
    while low + apart < high and panels.units[low + apart, PANEL] == panels.units[low, PANEL]:
        apart += 1
    return apart if (high - low) % apart == 0 else high - low


@kernel
def _in_turn(low, high, apart, i):
    # The i-th of some units: those that read the same inputs follow each other.
    together = (high - low) // apart
    return low + i % together * apart + i // together


# Whole records take long to hand over; what is called for every unit is given arrays.
@kernel
def _step_unit(
    solver, hyper, rate, decay, theta, state, table, first, unit, bits, gradients, starts, shares,
    light, grid, room, whole,
):
    """Step on a unit along the workers' mean gradient; which grid to try first for the next."""
    low, high = unit[AT] // CHUNK, unit[END] // CHUNK
    begin, end = first[low], first[high]
    if light:
        n = table[end - 1, WIDE_AT] + table[end - 1, LENGTH] - unit[AT]
        if light_mean(bits, gradients, starts, shares, unit[AT], whole[:n]):
            step_pieces(solver, hyper, rate, decay, theta, state, table, begin, end, whole)
            return grid
    for c in range(low, high):
        begin, end = first[c], first[c + 1]
        grid = chunk_mean(
            bits, gradients, starts, shares, light, table, begin, end, grid, room, whole
        )
        step_pieces(solver, hyper, rate, decay, theta, state, table, begin, end, whole)
    return grid


@kernel
def _mean_in_registers(
    panel, start, stop, inputs, at, rows, totals, blocks, scratch, shares, noted, whole
):
    """whole <- the mean of two workers' gradients of a unit; False if it is not the exact one."""
    unit_gradient(
        panel, start, stop, inputs[0, at:], blocks[0], rows[0], totals[0], scratch, whole
    )
    return average_unit(
        panel, start, stop, inputs[1, at:], blocks[1], rows[1], totals[1], scratch, shares, noted,
        whole,
    )


@kernel
def _update_units(
    barrier, share, training, steps, panels, memory, batches, blocks, shares, total, s, room, noted
):
    """Average the workers' gradients of this process's units and update its units."""
    theta, state, own, units = memory.theta, memory.state, memory.gradients, panels.units
    workers, width = own.shape
    gradients, pieces, whole, starts = own.reshape(-1), panels.pieces, room.whole, room.starts
    bits, light = float_bits(gradients), is_light(shares, gradients.itemsize)
    decay, grid = theta.dtype.type(training.l2 / total), 0.0
    for index in range(panels.layers.shape[0] - 1, -1, -1):
        low, high = _units(share.member, barrier.members, panels, index)
        apart = _units_apart(panels, low, high)
        for i in range(high - low):
            u = _in_turn(low, high, apart, i)
            if i + 1 < high - low:
                # The next unit's state comes from memory while this one's gradient is made.
                following = units[_in_turn(low, high, apart, i + 1)]
                for v in range(state.shape[0]):
                    prefetch_to_write(state[v], following[AT], following[END] - following[AT])
            unit, panel = units[u], panels.table[units[u, PANEL]]
            source, at = memory.inputs if index == 0 else blocks, unit_inputs(panels, unit)
            if light and in_vectors(panel, theta.itemsize) and _mean_in_registers(
                panel, unit[START], unit[STOP], source, at, batches[:, 1], memory.totals, blocks,
                training.scratch, shares, noted, whole,
            ):
                step_pieces(
                    training.solver, steps.hyper, steps.rates[s], decay, theta, state,
                    pieces.table, pieces.first[unit[AT] // CHUNK],
                    pieces.first[unit[END] // CHUNK], whole,
                )
                continue
            for k in range(workers):
                unit_gradient(
                    panel, unit[START], unit[STOP], source[k, at:], blocks[k], batches[k, 1],
                    memory.totals[k], training.scratch, own[k],
                )
                starts[k] = k * width - unit[AT]
            grid = _step_unit(
                training.solver, steps.hyper, steps.rates[s], decay, theta, state, pieces.table,
                pieces.first, unit, bits, gradients, starts, shares, light, grid, room.total,
                whole,
            )


@kernel(allocates=True)
def average_panels(barrier, share, training, steps, panels, memory):
    """Take part in a block of gradient averaging by panels.

    Parameters
    ----------
    barrier : Barrier
        Where the processes of the block meet.
    share : Share
        What this process trains; which units it updates follows from ``member``.
    training : Training
        What every step takes: loss, optimizer, L2 penalty, working memory, and the rows of all
        workers, one worker after the other.
    steps : Steps
        As for :func:`fastavg.kernels.blocks.gradient_steps.average_gradients`, with the batches
        of all workers.
    panels : Panels
        The network.
    memory : PanelMemory
        What the processes share, changed in place.

    Returns
    -------
    int
        The number of rounds.  Fewer than asked: after the next one a weight would not have
        been finite, and nothing in ``following`` counts.  ``ABORTED``: a process was lost.
    """
    workers, own = memory.totals.size, memory.gradients
    room = Room(
        np.empty(own.shape[1], own.dtype), np.empty(CHUNK), np.empty(workers, np.int64)
    )
    return _take_part(
        barrier, share, training, steps, panels, memory, np.empty(workers), room,
        np.empty(NOTED, np.int32),
    )


@kernel
def _take_part(barrier, share, training, steps, panels, memory, shares, room, noted):
    workers, members, data = memory.totals.size, barrier.members, training.rows
    spent = memory.spent[share.member]
    fill(spent, 0.0)
    if memory.loads:
        _copy_own(barrier, share, panels, memory, memory.now, False)
    # Whether the panels of the first layer can be shared with their units.
    n_panels, width, distance = panels.first[1], panels.width, panels.distance
    apart = n_panels % members == 0
    low, high = part_of(share.member, members, n_panels)
    rounds, complete = steps.bounds.size - 1, 0
    now = seconds()
    for round in range(rounds):
        figures = memory.figures[round]
        for k in range(share.first_worker, share.stop_worker):
            fill(figures[k], 0.0)
        for s in range(steps.bounds[round], steps.bounds[round + 1]):
            batches, blocks = steps.batches[:, s], memory.blocks[s % 2]
            for k in range(workers):
                gather_in_chunks(
                    data.X, data.order, batches[k, 0], batches[k, 1], width, distance,
                    memory.inputs[k],
                )
            if apart:
                _forward_first(
                    panels, training, memory, batches, blocks, low, high, 0, workers
                )
            begun = seconds()
            if not meet(barrier):
                return ABORTED
            if load(barrier.words, NOT_FINITE) != 0:
                return complete
            met = seconds()
            complete = round
            if not apart:
                _forward_first(
                    panels, training, memory, batches, blocks, 0, n_panels, share.first_worker,
                    share.stop_worker,
                )
            _train(share, training, panels, memory, batches, blocks, figures)
            if s + 1 < steps.batches.shape[1]:
                # The next batch's rows lie anywhere in memory; they come while others are awaited.
                for k in range(workers):
                    after, stop = steps.batches[k, s + 1]
                    prefetch_rows(data.X, data.order, after, after + stop)
                    prefetch_rows(data.Y, data.order, after, after + stop)
            trained = seconds()
            if not meet(barrier):
                return ABORTED
            spent[TRAINING] += begun - now + trained - met
            spent[WAITING] += met - begun - trained
            now = seconds()
            spent[WAITING] += now
            steps.hyper[STEP_AT] += 1
            moved, total = shares_of(memory.totals, shares)
            if moved:
                _update_units(
                    barrier, share, training, steps, panels, memory, batches, blocks, shares,
                    total, s, room, noted,
                )
            if s + 1 == steps.bounds[round + 1] and not _own_are_finite(
                barrier, share, panels, memory.theta
            ):
                store(barrier.words, NOT_FINITE, np.int32(1))
            updated = seconds()
            spent[AVERAGING] += updated - now
            now = updated
    if not meet(barrier):
        return ABORTED
    spent[WAITING] += seconds() - now
    if load(barrier.words, NOT_FINITE) != 0:
        return complete
    if memory.stores:
        _copy_own(barrier, share, panels, memory, memory.following, True)
    return rounds


def average_zeros(
    zeros: Vectors, barrier: Barrier, share: Share, training: Training, steps: Steps
) -> None:
    """Take part in a block of one process and one step, which loads or compiles the kernels.

    Parameters
    ----------
    zeros : array (64,)
        Zeros of the dtype.
    barrier, share, training, steps : Barrier, Share, Training, Steps
        Of a network of one weight and a bias, and of one worker.
    """
    one, table = np.array([0, 1]), training.layers.copy()
    table[:, [W_LD, ERROR_LD]] = table[:, [IN_LD]]
    now, following, inputs, gradients = (zeros.reshape(1, 64).copy() for _ in range(4))
    average_panels(
        barrier, share, training, steps,
        Panels(
            table, table, table, one, np.array([[0, 0, 1, 0, 0]]), one, pieces_of(table, 16), 16,
            64, 16, 16,
        ),
        PanelMemory(
            zeros.copy(), now[:0], zeros.reshape(1, 1, 64).repeat(2, 0), np.zeros(1), now,
            following, np.zeros((1, 1, 3)), np.zeros((1, 3)), True, True, inputs, gradients,
        ),
    )
    abort(barrier.words)
