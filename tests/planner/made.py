"""A work and costs that are known."""

from __future__ import annotations

import numpy as np

from fastavg import Network, Plan
from fastavg.planner.cost_model import Costs, Rates, Work
from fastavg.training.train import prepare_rows


def work(rows=960, batch_size=8, **more):
    """A small network, and its rows."""
    network = Network((4, 8, 3))
    plan = Plan(batch_size=batch_size, average_every=0.25, **more)
    X = np.random.default_rng(0).random((rows, 4), np.float32)
    ready, _ = prepare_rows(network, plan, X, np.arange(rows) % 3)
    size = sum(each.nbytes for each in ready.arrays)
    return Work(network, plan, rows, size, ready.Y), ready


def costs(row=1e-5, round=1e-4, worker=1e-6, processes=4):
    """Rates that do not depend on the processes, but for rounds."""
    return Costs(
        {1: Rates(row, 0.0, worker), processes: Rates(row, round, worker)},
        {1: 0.5, processes: 0.75}, 10**8, 10**7,
    )
