"""What blocks of rounds reach: rows a second of whole runs, in turns, and an empty round.

    python -m bench.campaigns.blocks                    all figures, about three minutes
    python -m bench.campaigns.blocks --only gradients   those with this in their name
    python -m bench.campaigns.blocks --turns 3          fewer turns, wider intervals

Two runs are compared turn by turn, so that a change of the machine's pace hits both alike.
Their pace is that of complete rounds, from the first one on; starting processes and
compiling are not part of it.  Beside each ratio stands what the two processors could do in the same
turn: two runs at once that have nothing to do with each other, each of one worker with
the same batch.
"""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from statistics import median

import numpy as np

from fastavg import SGD, Execution, Network, Plan
from fastavg.data.rows import Rows
from fastavg.training.observers.events import Observer
from fastavg.training.run import Run
from fastavg.training.train import train_run

NETWORKS = {"a": Network((20, 64, 64, 2)), "c": Network((784, 256, 128, 10))}
SECONDS = 1.5


@dataclass(frozen=True)
class Side:
    """One side of a comparison: how to train, and by whom."""

    workers: int
    batch: int
    every: float | str = "4 steps"
    processes: int = 1
    algorithm: str = "local-sgd"
    block_seconds: float = 0.1


@dataclass(frozen=True)
class Figure:
    """Rows a second of one side by those of another, and the least that they should come to."""

    name: str
    network: str
    many: Side
    one: Side
    bar: float


def gradients(name: str, network: str, batch: int, bar: float) -> Figure:
    """Two workers' gradients on two processes, by one worker with the whole batch."""
    return Figure(
        f"gradients ({name}) 2 x {batch}", network,
        Side(2, batch, 0.25, 2, "gradient-averaging"), Side(1, 2 * batch, 1), bar,
    )


FIGURES = [
    Figure("(c) batch 32, average every 4 steps", "c",
           Side(2, 32, processes=2), Side(1, 32, 1), 1.7),
    gradients("c", "c", 32, 1.55), gradients("c", "c", 64, 1.75), gradients("a", "a", 64, 1.7),
    Figure("(a) batch 64, average every 8 steps", "a",
           Side(2, 64, "8 steps", 2), Side(1, 64, 1), 1.85),
    Figure("(a) batch 64, average once an epoch", "a", Side(2, 64, 1, 2), Side(1, 64, 1), 1.9),
    Figure("8 workers on 2 processes by 2 workers, (c) batch 16, every 4 steps", "c",
           Side(8, 16, processes=2), Side(2, 16, processes=2), 0.9),
    Figure("8 processes, blocks by plain rounds, (c) batch 16, every 4 steps", "c",
           Side(8, 16, processes=8), Side(8, 16, processes=8, block_seconds=0), 0.9),
    Figure("8 processes, blocks by plain rounds, (a) batch 64, every 8 steps", "a",
           Side(8, 64, "8 steps", 8), Side(8, 64, "8 steps", 8, block_seconds=0), 0.9),
]


class Pace(Observer):
    """Rows a second between the first round that is heard of and the last."""

    weights_at = "block"

    def __init__(self) -> None:
        self.heard: list[tuple[float, float]] = []

    def on_round(self, event) -> bool:
        now = time.perf_counter()
        self.heard.append((now, event.rows))
        return now - self.heard[0][0] > SECONDS

    @property
    def value(self) -> float:
        # Rounds of a block are heard of together: the pace is taken from one block's end.
        begin = next(
            index for index, (at, _) in enumerate(self.heard) if at > self.heard[0][0] + 0.2
        )
        rows = sum(rows for _, rows in self.heard[begin:])
        return rows / (self.heard[-1][0] - self.heard[begin - 1][0])


def pace(side: Side, network: Network, rows: Rows) -> float:
    """Rows a second of one run of about ``SECONDS``."""
    plan = Plan(
        workers=side.workers, epochs=10**6, average_every=side.every, batch_size=side.batch,
        algorithm=side.algorithm, solver=SGD(1e-3),
    )
    observer = Pace()
    train_run(Run(network, plan, rows, network.initial_weights(0)), Execution(
        side.processes, observers=[observer], block_seconds=side.block_seconds
    ))
    return observer.value


def drawn(network: Network, count: int = 20_000) -> Rows:
    """Rows that do not stay in a cache."""
    random = np.random.default_rng(0)
    X = random.random((count, network.layer_sizes[0]), np.float32)
    Y = random.integers(0, network.layer_sizes[-1], (count, 1)).astype(np.float32)
    return Rows(X, Y, np.zeros(0, np.float32))


def _turn_by_turn(pipe, side: Side, network: Network) -> None:
    rows = drawn(network)
    pace(side, network, rows)
    while True:
        pipe.send(True)
        if not pipe.recv():
            return
        pipe.send(pace(side, network, rows))


@contextmanager
def two_at_once(side: Side, network: Network) -> Iterator[Callable[[], float]]:
    """Rows a second of two runs at the same time, in processes that share nothing."""
    spawn, pipes, processes = multiprocessing.get_context("spawn"), [], []
    for _ in range(2):
        here, there = spawn.Pipe()
        process = spawn.Process(target=_turn_by_turn, args=(there, side, network), daemon=True)
        process.start()
        there.close()
        pipes.append(here)
        processes.append(process)

    def turn() -> float:
        ready = [pipe.recv() for pipe in pipes]
        for pipe in pipes:
            pipe.send(all(ready))
        return sum(pipe.recv() for pipe in pipes)

    yield turn
    for pipe, process in zip(pipes, processes, strict=True):
        pipe.recv()
        pipe.send(False)
        process.join(10)


def compare(figure: Figure, turns: int) -> str:
    """A row of the table."""
    network, many, one = NETWORKS[figure.network], figure.many, figure.one
    rows = drawn(network)
    for side in (many, one):
        pace(side, network, rows)
    found = []
    with two_at_once(Side(1, many.batch, 1), network) as at_once:
        for _ in range(turns):
            found.append((pace(many, network, rows), pace(one, network, rows), at_once()))
    ratios = sorted(turn[0] / turn[1] for turn in found)
    # Of other comparisons than with one process nothing follows from two.
    most = f"{median(turn[2] / turn[1] for turn in found):.2f}" if one.processes == 1 else ""
    return line(figure.name, f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f}), "
                f"{median(turn[0] for turn in found):,.0f} rows/s", f">= {figure.bar}",
                median(ratios) >= figure.bar, most)


def empty_round(name: str, turns: int) -> str:
    """Microseconds of a round of two processes in which nobody has a step to take."""
    from bench.topics.bench_blocks import LocalBlock, Work, block_turn

    rounds = 1000
    work = Work(
        network=NETWORKS[name], workers=2, rounds=rounds, steps_per_round=0, batch=1,
        solver=SGD(momentum=0),
    )
    LocalBlock(replace(work, rounds=1), 1).take_part(0)
    block = LocalBlock(work, 2)
    taken = sorted(block_turn(block) / rounds * 1e6 for _ in range(turns))
    return line(f"an empty round, ({name})", f"{median(taken):.1f} us ({taken[0]:.1f} to "
                f"{taken[-1]:.1f})", "<= 20 us", median(taken) <= 20)


def line(name: str, measured: str, bar: str, reached: bool, most: str = "") -> str:
    return f"| {name} | {measured} | {most} | {bar} | {'reached' if reached else 'MISSED'} |\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--only", default="", help="figures with this in their name")
    asked = parser.parse_args()
    sys.stdout.write("| figure | measured | two at once | bar | |\n")
    sys.stdout.write("| --- | --- | --- | --- | --- |\n")
    for name in NETWORKS:
        if asked.only in f"an empty round, ({name})":
            sys.stdout.write(empty_round(name, asked.turns))
            sys.stdout.flush()
    for figure in FIGURES:
        if asked.only in figure.name:
            sys.stdout.write(compare(figure, asked.turns))
            sys.stdout.flush()


if __name__ == "__main__":
    main()
