"""What of a round is not kernels: (c) on two processes, an average once an epoch."""

from __future__ import annotations

from statistics import median

import fastavg
from bench.workloads import MOMENTUM, WORKLOADS
from fastavg import Execution
from fastavg.training.observers.events import RoundFinished
from fastavg.training.team.fork_server import close_fork_server


class Shares:
    """An observer: the part of every round spent outside kernels."""

    def __init__(self) -> None:
        self.shares: list[float] = []

    def on_event(self, event: object) -> None:
        if isinstance(event, RoundFinished):
            total = event.training_seconds + event.averaging_seconds + event.waiting_seconds
            self.shares.append(1 - event.kernel_seconds / total)


def bench_outside_kernels(benchmark, keep, turns, quick):
    work = WORKLOADS["b" if quick else "c"]
    plan = fastavg.Plan(
        workers=2, epochs=1 + turns(12), batch_size=work.batch, 
        regularization=fastavg.Regularization(0),
        solver=fastavg.SGD(work.rate, momentum=MOMENTUM),
    )
    X, y = work.data()
    watching = Shares()
    try:
        benchmark.pedantic(lambda: fastavg.train(
            work.network, X, y, plan, execution=Execution(2, observers=[watching])
        ), rounds=1)
    finally:
        close_fork_server()
    # The first round touches all memory for the first time.
    usual = watching.shares[1:]
    keep(f"outside kernels {work.name}", topic="round", share=median(usual), shares=usual)
