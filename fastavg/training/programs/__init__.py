"""Programs: what a process of the team can be asked to do, one file each."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from fastavg.training.programs.contract import Order, Program, Report

if TYPE_CHECKING:
    from fastavg.training.center import CenterBuffers
    from fastavg.training.run import Run

__all__ = ["PROGRAMS", "Order", "Program", "Programs", "Report"]

PROGRAMS = {
    "train": "fastavg.training.programs.local_training:LocalTraining",
    "gradient": "fastavg.training.programs.gradient:Gradient",
    "worker gradient": "fastavg.training.programs.worker_gradient:WorkerGradient",
    "gradients": "fastavg.training.programs.block_of_gradients:BlockOfGradients",
    "rounds": "fastavg.training.programs.block_of_rounds:BlockOfRounds",
    "free": "fastavg.training.programs.free_running:FreeRunning",
    "interval": "fastavg.training.programs.interval:Interval",
    "slice": "fastavg.training.programs.slice_training:SliceTraining",
}


class Programs:
    """The programs of one process, each made when it is first asked for.

    Parameters
    ----------
    run : Run
        What the orders are about.
    buffers : CenterBuffers
        Where they read and write.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None:
        self._made: dict[str, Program] = {}
        if buffers.resident is not None:
            self._made["train"] = buffers.resident
        self._given = run, buffers, workers

    def __call__(self, order: Order) -> Report:
        """Carry out an order by its program."""
        if order.program not in self._made:
            module, _, name = PROGRAMS[order.program].partition(":")
            self._made[order.program] = getattr(import_module(module), name)(*self._given)
        return self._made[order.program](order)
