"""Short runs: the one place where these tests call the round loop."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import numpy as np

from fastavg.data.partitions import Cut
from fastavg.data.rows import Rows
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.problems import row_weights, rows_for

NETWORK = Network((5, 7, 3), "tanh", "softmax")


class Recorder:
    """Keeps every event."""

    def __init__(self):
        self.events: list[Any] = []

    def on_event(self, event):
        self.events.append(event)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def data_for(network, n, dtype, weighted=False):
    X, Y = rows_for(network, n, dtype=dtype)
    return Rows(X, Y, row_weights(n, dtype=dtype) if weighted else np.zeros(0, dtype))


def held_by(rows, cut, held):
    """The rows of some parts, as a rank has them that reads no others."""
    whole = Cut(cut.sizes, range(len(cut.sizes)))
    start, stop = whole.start(held.start), whole.start(held.stop)
    return replace(rows.take(np.arange(start, stop)), cut=Cut(cut.sizes, held))


def first_weights(network, plan):
    return network.initial_weights(plan.seed, plan.init, plan.dtype)


def train_rounds(
    network, plan, rows, start, processes=1, communicator=None, observers=(), checkpoints=None,
    block_seconds=0.1,
):
    """One run of the plan's algorithm; the last weights."""
    execution = Execution(
        processes, communicator, observers=tuple(observers), block_seconds=block_seconds
    )
    if checkpoints is not None:
        execution = replace(
            execution, checkpoint=checkpoints.path, checkpoint_every=checkpoints.every,
            resume=checkpoints.resume, checkpoint_by="each" if checkpoints.each else "root",
        )
    return train_run(Run(network, plan, rows, start), execution)


def run(plan, network=NETWORK, n=100, weighted=False, **arguments):
    """The weights at the end of a run on rows that are always the same."""
    data = data_for(network, n, plan.dtype, weighted)
    return train_rounds(network, plan, data, first_weights(network, plan), **arguments)


def one_by_one(plan, **arguments):
    """As :func:`run`, with no rounds in blocks."""
    return run(plan, block_seconds=0, **arguments)


def fingerprint(weights):
    return hashlib.sha256(weights.tobytes()).hexdigest()


def small_plan(**changes):
    return Plan(**{
        "workers": 8, "epochs": 2, "average_every": 0.5, "batch_size": 4, "seed": 3, **changes,
    })
