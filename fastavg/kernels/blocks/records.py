"""What the processes of a block are given: one record for each thing that belongs together."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.network.layout import Samples, Scratch

Vectors = NDArray[np.floating]
Table = NDArray[np.int64]

# What becomes of the optimizers' state at an average.
AVERAGE, RESET, KEEP = range(3)
# What a block returns when a process was lost; else it is the number of complete rounds.
ABORTED = -1
# Columns of the figures of a worker's round, and of what a process spent its time on.
LOSS, WEIGHT, TRAINING_SECONDS = range(3)
TRAINING, AVERAGING, WAITING = range(3)


class Share(NamedTuple):
    """What one process of a block does; it decides nothing.

    Parameters
    ----------
    member : int
        Its place among the processes.
    first_worker, stop_worker : int
        The workers that it runs, of those of this host.
    first_chunk, stop_chunk : int
        The chunks of the vectors that it averages or updates.
    """

    member: int
    first_worker: int
    stop_worker: int
    first_chunk: int
    stop_chunk: int


class Training(NamedTuple):
    """What every step of a run takes.

    Parameters
    ----------
    layers, dense : array (layers, COLUMNS) of int64
        A worker's layout with wider rows, and that of the public vector.
    output : int
        The kernels' number or address of the loss behind its output.
    solver : int
        The number or address of the optimizer.
    l2 : float
        The penalty, not yet divided by the rows of a batch.
    scratch : Scratch
        Of this process.
    rows : Samples
        The data, and the rows of this process's workers, one worker after the other.
    """

    layers: Table
    dense: Table
    output: int
    solver: int
    l2: float
    scratch: Scratch
    rows: Samples


class Regular(NamedTuple):
    """Dropout, L1, and limits to gradients and weights, as ``train_steps_regular`` has them.

    Without any of it kernels are given None, and are compiled without it.

    Parameters
    ----------
    back : array (layers, COLUMNS) of int64
        The table that errors meet on their way back.
    limits : array (LIMITS,) of float64
        L1 factor, largest value and norm of the gradient, and largest norm of a unit's
        weights; infinity for no limit.
    drops : array (layers,) of float64
        Dropout rate of the inputs and of every hidden layer; 0 for none.
    keys : array (workers,) of uint64
        Seed and worker, for the dropout of each worker of this host.
    """

    back: Table
    limits: NDArray[np.float64]
    drops: NDArray[np.float64]
    keys: NDArray[np.uint64]


class Steps(NamedTuple):
    """The steps of a block.

    Parameters
    ----------
    batches : array (workers, steps, 2) of int64
        For each worker of this process, where each batch begins in the order of rows,
        and how long it is.
    bounds : array (rounds + 1,) of int64
        Round r has the steps from ``bounds[r]`` to ``bounds[r + 1]``.
    rates : array (steps,) of float64
        The learning rate of each step.
    hyper : array of float64
        The optimizer's numbers.
    first : int
        Steps of the run before the block.
    """

    batches: Table
    bounds: Table
    rates: NDArray[np.float64]
    hyper: NDArray[np.float64]
    first: int


class OuterRule(NamedTuple):
    """The rule that turns a center and the workers' mean into the next center.

    Parameters
    ----------
    code : int
        The address of its loop; 0 if the mean is the next center.
    hyper : array of float64
        Its numbers.
    now, following : array (vectors, n_weights) of the dtype
        Its state at the start of the block, and where the state at the end goes.
    """

    code: int
    hyper: NDArray[np.float64]
    now: Vectors
    following: Vectors


class PanelMemory(NamedTuple):
    """What the processes of such a block share, and what each keeps for itself.

    Parameters
    ----------
    theta : array (size,)
        The common weights in panels.
    state : array (state vectors, size)
        The optimizer's state, likewise.
    blocks : array (2, workers, block)
        Outputs and errors of every worker's rows, in even and in odd steps.
    totals : array (workers,) of float64
        The row weight of every worker's batch.
    now, following : array (1 + state vectors, at least n_weights)
        The dense weights and state at the start and at the end.
    figures : array (rounds, workers, 3) of float64
        Summed loss and row weight of every worker's round, and its seconds.
    spent : array (processes, 3) of float64
        Seconds of each process: training, averaging, waiting.
    loads, stores : bool
        As in :class:`fastavg.kernels.blocks.gradient_memory.GradientMemory`.
    inputs : array (workers, chunks * distance)
        Every worker's inputs of the batch, in chunks; the process's own.
    gradients : array (workers, numbers of a unit)
        Every worker's gradient of a unit; the process's own.
    """

    theta: Vectors
    state: Vectors
    blocks: NDArray[np.floating]
    totals: NDArray[np.float64]
    now: Vectors
    following: Vectors
    figures: NDArray[np.float64]
    spent: NDArray[np.float64]
    loads: bool
    stores: bool
    inputs: Vectors
    gradients: Vectors


class Room(NamedTuple):
    """Working memory of a process for the mean of its chunks.

    Parameters
    ----------
    whole : array (n,)
        The mean of a chunk, or of several.
    total : array (CHUNK,) of float64
        Sums of a chunk.
    starts : array (workers,) of int64
        Where what is averaged begins, in the memory of all workers.
    """

    whole: Vectors
    total: NDArray[np.float64]
    starts: NDArray[np.int64]
