"""An activation that a user writes beside the same one built in: training of one network."""

from __future__ import annotations

import numba
import numpy as np

import fastavg
from bench.interleaved import alternate
from bench.workloads import WORKLOADS
from fastavg import Execution
from fastavg.training.observers.events import RoundFinished


@numba.njit
def silu(z):
    return z / (1 + np.exp(-z))


@numba.njit
def silu_derivative(z):
    s = 1 / (1 + np.exp(-z))
    return s * (1 + z * (1 - s))


class Kernels:
    """An observer: seconds inside kernels."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def on_event(self, event: object) -> None:
        if isinstance(event, RoundFinished):
            self.seconds += event.kernel_seconds


def bench_function_of_one_s_own(benchmark, keep, turns, quick):
    work = WORKLOADS["a"].tiny() if quick else WORKLOADS["a"]
    X, y = work.data()

    def seconds(activation) -> float:
        watching = Kernels()
        network = fastavg.Network(work.layer_sizes, activation, work.output)
        plan = fastavg.Plan(epochs=1, batch_size=work.batch, solver=fastavg.SGD(work.rate))
        fastavg.train(network, X, y, plan, execution=Execution(1, observers=[watching]))
        return watching.seconds

    own = fastavg.CustomActivation(silu, silu_derivative)
    seconds(own), seconds("silu")
    taken = alternate(
        benchmark, lambda: seconds(own), {"built in": lambda: seconds("silu")}, turns(15),
        "of one's own",
    )
    keep("function of one's own", topic="kernels", rows=len(X), turns=taken)
