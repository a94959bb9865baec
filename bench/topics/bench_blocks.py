"""Rounds inside blocks, two processes: one worker's pace, the blocks' pace, an empty round.

``many`` are two workers that share the batches that ``one`` takes alone; a turn of each is
taken one after the other, so that a change of the machine's pace hits both alike.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cached_property
from statistics import median

import numpy as np
import pytest

from fastavg.kernels.network.packing import repack
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adam, MiniBatch
from tests.kernels.blocks.crew import Crew
from tests.kernels.blocks.problem import (
    GradientBlock,
    LocalBlock,
    PanelBlock,
    Problem,
    train_one,
)

NETWORKS = {"a": Network((20, 64, 64, 2)), "c": Network((784, 256, 128, 10))}
SOLVERS: dict[str, MiniBatch] = {"sgd": SGD(learning_rate=0.01), "adam": Adam()}
ROWS = 8000
# Blocks that a turn takes; the first one of them touches its memory for the first time.
BLOCKS = 4


@dataclass(frozen=True)
class Work(Problem):
    """A problem with so many rows that they do not stay in a cache."""

    @cached_property
    def data(self):
        random = np.random.default_rng(0)
        X = random.random((ROWS, self.network.layer_sizes[0]), np.float32)
        Y = random.integers(0, self.network.layer_sizes[-1], (ROWS, 1)).astype(np.float32)
        return X, Y, np.zeros(0, np.float32)

    @cached_property
    def batches(self):
        random, steps = np.random.default_rng(self.seed), self.rounds * self.steps_per_round
        first = np.arange(steps) * self.batch
        return [
            (random.integers(0, ROWS, steps * self.batch),
             np.column_stack([first, np.full(steps, self.batch)]))
            for _ in range(self.workers)
        ]


def one_turn(work: Work) -> float:
    """Seconds of one worker for all steps, without any other process."""
    space, taken = work.space(), []
    repack(space.dense, work.start, space.layers, space.theta)
    for _ in range(BLOCKS):
        began = time.perf_counter()
        train_one(work, space, 0, 0, int(work.bounds[-1]))
        taken.append(time.perf_counter() - began)
    return min(taken)


def block_turn(block: LocalBlock | GradientBlock | PanelBlock) -> float:
    """Seconds of the slowest process in the fastest block."""
    block.words[:] = 0

    def part(member: int) -> list[float]:
        taken = []
        for _ in range(BLOCKS):
            block.take_part(member)
            taken.append(float(block.spent[member].sum()))
        return taken

    with Crew(part, block.members) as crew:
        members = [crew.value(member) for member in range(block.members)]
    return float(np.max(members, axis=0).min())


CASES = {
    "c 32 every 4 steps": (LocalBlock, "c", 25, 4, 32),
    "a 64 every 8 steps": (LocalBlock, "a", 100, 8, 64),
    "gradients c 2 x 32": (PanelBlock, "c", 50, 1, 32),
    "gradients c 2 x 64": (PanelBlock, "c", 50, 1, 64),
    "gradients a 2 x 64": (GradientBlock, "a", 400, 1, 64),
}


@pytest.mark.parametrize("solver", sorted(SOLVERS))
@pytest.mark.parametrize("case", sorted(CASES))
def bench_blocks(benchmark, keep, turns, case, solver):
    kind, network, rounds, steps, batch = CASES[case]
    whole = batch if kind is LocalBlock else 2 * batch
    given = {
        "network": NETWORKS[network], "rounds": rounds, "steps_per_round": steps,
        "solver": SOLVERS[solver],
    }
    one = Work(workers=1, batch=whole, **given)
    block = kind(Work(workers=2, batch=batch, **given), 2)
    # The kernels are loaded before anybody is timed, and before processes are forked.
    kind(Work(workers=2, batch=batch, **{**given, "rounds": 1}), 1).take_part(0)
    one_turn(one)
    taken = {"one": [], "many": []}

    def turn() -> None:
        taken["one"].append(one_turn(one))
        taken["many"].append(block_turn(block))

    benchmark.pedantic(turn, rounds=turns(7))
    rows = {"one": whole * rounds * steps, "many": 2 * batch * rounds * steps}
    pace = {name: rows[name] / median(seconds) for name, seconds in taken.items()}
    keep(
        f"blocks {case} {solver}", topic="blocks", turns=taken, rows=rows,
        ratio=pace["many"] / pace["one"],
    )


@pytest.mark.parametrize("network", sorted(NETWORKS))
def bench_empty_round(benchmark, keep, turns, network):
    rounds = 1000
    work = Work(
        network=NETWORKS[network], workers=2, rounds=rounds, steps_per_round=0, batch=1,
        solver=SGD(momentum=0),
    )
    LocalBlock(work, 1).take_part(0)
    block, taken = LocalBlock(work, 2), []
    benchmark.pedantic(lambda: taken.append(block_turn(block) / rounds), rounds=turns(7))
    keep(f"blocks empty round {network}", topic="blocks", seconds=taken, median=median(taken))
