"""What a process does by panels: its part in blocks, and single gradients between ranks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blocks.barrier import Barrier
from fastavg.kernels.blocks.panel_steps import average_panels
from fastavg.kernels.blocks.panels import gradient_in_panels
from fastavg.kernels.blocks.records import PanelMemory, Share, Steps, Training
from fastavg.kernels.network.layout import Samples
from fastavg.networks.aligned import aligned
from fastavg.networks.column_panels import UNIT_WITH_BIASES, column_panels, input_numbers
from fastavg.networks.workspace import Workspace
from fastavg.training.center import CenterBuffers
from fastavg.training.panel_memory import PanelArrays
from fastavg.training.programs.contract import Order
from fastavg.training.run import Run


class Part(NamedTuple):
    """Which part of a block a call is.

    Parameters
    ----------
    at : int
        The first row of figures that it writes.
    loads, stores : bool
        Whether weights and state come from the center, and go to the next one.
    """

    at: int
    loads: bool
    stores: bool


WHOLE = Part(0, loads=True, stores=True)


class PanelBlock:
    """Takes part in blocks of one run, with memory of its own and such as processes share.

    Parameters
    ----------
    run : Run
        What is trained.
    buffers : CenterBuffers
        Centers to start from, and beside them what the processes share.
    workers : range
        The workers of this host, which are all of the run's.
    rows : int
        The most rows of a worker's batch.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range, rows: int) -> None:
        dtype, count = run.plan.dtype, len(workers)
        self._buffers = buffers
        self._panels = panels = column_panels(run.network, rows, dtype)
        self._shared = PanelArrays(buffers.beside, panels, run.plan, count)
        self._inputs = aligned(count * input_numbers(panels), dtype).reshape(count, -1)
        self._gradients = aligned(count * UNIT_WITH_BIASES, dtype).reshape(count, -1)

    def __call__(
        self, given: tuple[Barrier, Share, Training], steps: Steps, order: Order, part: Part
    ) -> int:
        """Take this process's part in some rounds; how many of them are complete.

        Parameters
        ----------
        given : tuple of Barrier, Share, Training
            Where the processes meet, and what this one does.
        steps : Steps
            Of all workers of this host.
        order : Order
            The block.
        part : Part
            Which part of it.
        """
        block, centers = self._buffers.block, self._buffers.whole_centers
        assert block is not None
        rounds: int = average_panels(*given, steps, self._panels, PanelMemory(
            self._shared.vectors[0], self._shared.vectors[1:], self._shared.blocks, block.totals,
            centers[order.round % 2], centers[order.stop_round % 2], block.figures[part.at :],
            block.spent, part.loads, part.stores, self._inputs, self._gradients,
        ))
        return rounds


class PanelGradient:
    """Evaluates gradients of single batches between ranks, as blocks of one host make them.

    Parameters
    ----------
    run : Run
        What is trained.
    space : Workspace
        Of this process, for the run's batches.
    """

    def __init__(self, run: Run, space: Workspace) -> None:
        dtype = run.plan.dtype
        self._panels = column_panels(run.network, space.rows, dtype)
        self._space = space
        self._inputs = aligned(input_numbers(self._panels), dtype)
        self._block = aligned(self._panels.block, dtype)

    def __call__(
        self, data: Samples, first: int, rows: int, theta: NDArray[np.floating],
        slot: NDArray[np.floating],
    ) -> tuple[float, float]:
        """Summed loss and row weight of a batch, whose gradient goes to ``slot``.

        Parameters
        ----------
        data : Samples
            Holds the batch.
        first, rows : int
            Where the batch begins in the order of rows, and how long it is.
        theta : array (wide size,)
            The weights in panels.
        slot : array like theta
            The gradient in panels, overwritten.
        """
        loss, weight = gradient_in_panels(
            self._panels, self._space.loss, theta, self._inputs, self._block,
            self._space.scratch, data, first, rows, slot,
        )
        return float(loss), float(weight)
