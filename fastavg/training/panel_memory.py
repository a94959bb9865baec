"""Gradient averaging by panels: which runs take it, and what their processes share for it.

The processes exchange outputs and errors of the batches' rows instead of gradients
(:mod:`fastavg.kernels.blocks.panel_steps`).  Whether a run does so depends on its network and plan
alone: between ranks the gradients of the same panels are averaged, with the same bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.panels import Panels
from fastavg.networks.column_panels import column_panels
from fastavg.networks.workspace import wide_size
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch
from fastavg.training.block_memory import lined_bytes
from fastavg.training.run import Run

# A gradient of fewer weights is exchanged as quickly as two barriers are passed.
FEWEST_WEIGHTS = 1 << 15


def in_panels(run: Run) -> bool:
    """True if a run averages gradients by panels.

    Products of other forms, such as those of sparse rows, make a worker's gradient as a whole, and
    so do steps that look at the whole gradient or that drop outputs; blocks of the weights with
    rates of their own are known in a worker's layout alone.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    plan, rows = run.plan, run.rows
    return (
        "gradients" in plan.algorithm.blocks and isinstance(plan.solver, MiniBatch)
        and run.network.n_weights >= FEWEST_WEIGHTS and _rows_are_few(run)
        and isinstance(rows.X, np.ndarray) and rows.lookups is None
        and not plan.regularization.active and plan.products != "bfloat16"
        and not getattr(plan.solver, "by_blocks", False)
    )


def _rows_are_few(run: Run) -> bool:
    # By panels every process takes all inputs, and outputs and errors travel; otherwise every
    # worker's gradient is written and read, and the weights are.
    inputs, *others = run.network.layer_sizes
    workers, weights = run.plan.workers, run.network.n_weights
    numbers = workers * run.sampler().batch * (inputs + 2 * sum(others))
    return numbers <= (workers + 2) * weights


def wide_numbers(run: Run) -> int:
    """Numbers of the wide vectors of a run's blocks, in rows or in panels.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    wide = wide_size(run.network)
    return max(wide, _panels(run).size) if in_panels(run) else wide


def panel_bytes(run: Run, workers: int) -> int:
    """Bytes that the processes share for blocks by panels; 0 if there are none.

    Parameters
    ----------
    run : Run
        What is trained.
    workers : int
        Workers of this host.
    """
    if not in_panels(run):
        return 0
    each = run.plan.numpy_dtype.itemsize
    return sum(
        lined_bytes(math.prod(shape) * each)
        for shape in _shapes(_panels(run), run.plan, workers)
    )


class PanelArrays:
    """Views of the memory that processes share for blocks by panels.

    Parameters
    ----------
    memory : array of uint8
        At least :func:`panel_bytes`, on a cache line.
    panels : Panels
        Of the run's network.
    plan : Plan
        Says how many vectors there are, and in which dtype.
    workers : int
        Workers of this host.

    Attributes
    ----------
    vectors : array (1 + state vectors, size)
        The common weights and the optimizer's state.
    blocks : array (2, workers, block)
        Outputs and errors of the workers' rows.
    """

    def __init__(
        self, memory: NDArray[np.uint8], panels: Panels, plan: Plan, workers: int
    ) -> None:
        made, at = [], 0
        for shape in _shapes(panels, plan, workers):
            size = math.prod(shape) * plan.numpy_dtype.itemsize
            made.append(memory[at : at + size].view(plan.numpy_dtype).reshape(shape))
            at += lined_bytes(size)
        self.vectors, self.blocks = made


def _shapes(panels: Panels, plan: Plan, workers: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    return (1 + plan.solver.n_vectors, panels.size), (2, workers, panels.block)


def _panels(run: Run) -> Panels:
    return column_panels(run.network, run.sampler().batch, run.plan.dtype)
