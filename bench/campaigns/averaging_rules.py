"""Averaging rules and ways to average beside each other: accuracy of many workers at equal passes.

    python -m bench.campaigns.averaging_rules measure --budget 8m   # again and again: goes on
    python -m bench.campaigns.averaging_rules measure --data digits --workers 1 8 --seeds 0 1
    python -m bench.campaigns.averaging_rules write                 # docs/measured/averaging.md
    python -m bench.campaigns.averaging_rules measure --quick --record FILE     # seconds

All workers' batches together are one batch of 64 rows, so that every cell has seen the same
rows in batches of the same size.  A finished cell is one line of
``bench/campaigns/averaging-rules.jsonl`` and is not measured again; cells come seed by seed, so
that a part of them is a comparison already.
"""

from __future__ import annotations

import argparse
import json
import math
import re
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from bench.campaigns.averaging_page import PAGE, write_page
from bench.fashion_mnist import NoData
from bench.report.records import machine
from fastavg import (
    SGD,
    Adam,
    Execution,
    Model,
    Network,
    Plan,
    Schedule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
    train,
)
from fastavg.datasets import load_digits5k
from fastavg.errors import Diverged
from fastavg.machine.resources import usable_cpus
from fastavg.training.observers.events import Observer

RECORD = Path(__file__).with_name("averaging-rules.jsonl")
WHOLE_BATCH, PASSES, EVERY = 64, 10.0, "4 steps"
WORKERS, SEEDS, DATA = (1, 2, 4, 8, 16, 32), (0, 1, 2), ("digits", "fashion")
MEAN = {"averaging": "mean"}
WAYS: dict[str, dict[str, Any]] = {
    "mean": MEAN,
    "gradient averaging": {**MEAN, "algorithm": "gradient-averaging"},
    "gradients, then mean": {**MEAN, "algorithm": "post-local-sgd"},
    "mean once a pass": {**MEAN, "average_every": 1.0},
    "one mean at the end": {**MEAN, "average_every": PASSES},
    **{name: {"averaging": name} for name in (
        "slowmo", "fedavgm", "bmuf", "diloco", "muloco", "fedadam", "fedyogi", "fedadagrad",
        "easgd", "ema", "swa", "lawa",
    )},
    "mean, state kept": {**MEAN, "solver_state": "keep"},
    "mean, state reset": {**MEAN, "solver_state": "reset"},
    "Schedule-Free, mean": {**MEAN, "solver": "schedule-free"},
}
SOLVERS = {"sgd": SGD(0.02, Schedule("cosine")), "adam": Adam(1e-3, Schedule("cosine"))}
SCHEDULE_FREE = {"sgd": ScheduleFreeSGD(0.5), "adam": ScheduleFreeAdamW(2.5e-3)}


class Cell(NamedTuple):
    """What is measured at once."""

    data: str
    solver: str
    way: str
    workers: int
    seed: int
    # Factor on the learning rate.
    rate: float = 1.0
    passes: float = PASSES

    @property
    def plan(self) -> Plan:
        way = dict(WAYS[self.way])
        if way.get("solver") == "schedule-free":
            way["solver"] = SCHEDULE_FREE[self.solver]
        solver = way.pop("solver", SOLVERS[self.solver])
        return Plan(**{
            "workers": self.workers, "epochs": self.passes, "average_every": EVERY,
            "seed": self.seed, "batch_size": max(1, WHOLE_BATCH // self.workers), "init": "he",
            "solver": replace(solver, learning_rate=solver.learning_rate * self.rate), **way,
        })


@dataclass
class Curve(Observer):
    """Test accuracy at the end of every pass, and where the time went."""

    network: Network
    X: Any
    y: Any
    accuracy: list[float] = field(default_factory=list)
    kernels: float = 0.0
    whole: float = 0.0
    weights_at = "epoch"

    def on_round(self, event: Any) -> None:
        self.kernels += event.kernel_seconds
        self.whole += (
            event.training_seconds + event.averaging_seconds + event.waiting_seconds
        )
        ended = math.floor(event.epoch + 1e-9)
        if ended > len(self.accuracy) or event.last:
            # Within a round of several passes there is no center that could be scored.
            self.accuracy += [0.0] * (max(1, ended) - 1 - len(self.accuracy))
            self._score(event)

    def _score(self, event: Any) -> None:
        model = Model(self.network, np.array(event.weights()), np.unique(self.y))
        self.accuracy.append(round(model.score(self.X, self.y), 5))


@cache
def rows(name: str) -> tuple[Network, Any, Any, Any, Any]:
    """Network, training rows and test rows."""
    if name == "fashion":
        from bench.fashion_mnist import test_rows, training_rows

        return Network((784, 256, 128, 10)), *training_rows(), *test_rows()
    X, y = load_digits5k()
    test = np.arange(len(y)) % 5 == 0
    return Network((400, 64, 10)), X[~test], y[~test], X[test], y[test]


def measure(cell: Cell, processes: int) -> dict[str, Any]:
    """One run; what its line says."""
    network, X, y, X_test, y_test = rows(cell.data)
    curve, began, error = Curve(network, X_test, y_test), time.perf_counter(), ""
    try:
        train(network, X, y, cell.plan, execution=Execution(
            min(processes, cell.workers), observers=[curve]
        ))
    except Diverged as caught:
        error = str(caught)
    return {
        **cell._asdict(), "every": EVERY, "accuracy": curve.accuracy,
        "outside": round(1 - curve.kernels / curve.whole, 4) if curve.whole else None,
        "seconds": round(time.perf_counter() - began, 2), "processes": processes,
        "processor": machine()["processor"], "diverged": error,
    }


def recorded(path: Path) -> list[dict[str, Any]]:
    """The lines of a record; one that was broken off is left out."""
    found = []
    for line in path.read_text().splitlines() if path.exists() else []:
        try:
            found.append(json.loads(line))
        except json.JSONDecodeError:
            continue
    return found


def add(path: Path, line: dict[str, Any]) -> None:
    """Append a line; after one that was broken off, on a line of its own."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = path.read_bytes() if path.exists() else b""
    with path.open("ab") as file:
        file.write((b"\n" if text and not text.endswith(b"\n") else b"")
                   + json.dumps(line).encode() + b"\n")


def cells(asked: argparse.Namespace) -> Iterator[Cell]:
    """The cells that were asked for: seed by seed, cheap data first."""
    order = product(asked.seeds, asked.data, asked.solver, asked.rates, asked.ways, asked.workers)
    for seed, data, solver, rate, way, workers in order:
        yield Cell(data, solver, way, workers, seed, rate, asked.passes)


def run(asked: argparse.Namespace) -> int:
    """Measure what is missing, until the budget is used up; the number of cells still missing."""
    began, longest = time.perf_counter(), dict[tuple[str, int], float]()
    lines = recorded(asked.record)
    for line in lines:
        key = line["data"], line["workers"]
        longest[key] = max(longest.get(key, 0.0), line["seconds"])
    done = {Cell(*(line[name] for name in Cell._fields)) for line in lines}
    missing = [cell for cell in cells(asked) if cell not in done]
    warm = set[str]()
    for number, cell in enumerate(missing):
        left = asked.budget - (time.perf_counter() - began)
        if left < longest.get((cell.data, cell.workers), 0.0) or left <= 0:
            return len(missing) - number
        try:
            if cell.data not in warm:
                # What the first run of a process loads is no part of a cell.
                measure(cell._replace(passes=0.02), asked.processes)
                warm.add(cell.data)
            line = measure(cell, asked.processes)
        except NoData as error:
            sys.stderr.write(f"{error}: {cell.data} is left out\n")
            return 0
        add(asked.record, line)
        key = cell.data, cell.workers
        longest[key] = max(longest.get(key, 0.0), line["seconds"])
        shown = f"{100 * line['accuracy'][-1]:.2f} %" if line["accuracy"] else "diverged"
        sys.stderr.write(
            f"{number + 1} of {len(missing)}: {' '.join(map(str, cell))}: {shown}, "
            f"{line['seconds']:.1f} s\n"
        )
    return 0


def seconds(text: str) -> float:
    """The seconds of a duration such as 90s, 8m or 1.5h.

    >>> seconds("8m")
    480.0
    """
    found = re.fullmatch(r"([\d.]+)([smh]?)", text)
    if found is None:
        raise argparse.ArgumentTypeError(f"{text!r} is no duration; 90s, 8m and 1.5h are")
    return float(found[1]) * {"": 1, "s": 1, "m": 60, "h": 3600}[found[2]]


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("what", choices=("measure", "write"))
    parser.add_argument("--data", nargs="+", choices=DATA, default=list(DATA))
    parser.add_argument("--solver", nargs="+", choices=tuple(SOLVERS), default=list(SOLVERS))
    parser.add_argument("--ways", nargs="+", choices=tuple(WAYS), default=list(WAYS))
    parser.add_argument("--workers", nargs="+", type=int, default=list(WORKERS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    parser.add_argument("--rates", nargs="+", type=float, default=[1.0],
                        help="factors on the learning rate; with several the page has the best")
    parser.add_argument("--passes", type=float, default=PASSES)
    parser.add_argument("--processes", type=int, default=usable_cpus())
    parser.add_argument("--budget", type=seconds, default=float("inf"),
                        help="90s, 8m, 1.5h: no cell is begun that would end later")
    parser.add_argument("--quick", action="store_true", help="a few cells of one pass over digits")
    parser.add_argument("--record", type=Path, default=RECORD)
    parser.add_argument("--page", type=Path, default=PAGE)
    asked = parser.parse_args(arguments)
    if asked.quick:
        asked.data, asked.solver, asked.ways = ["digits"], ["sgd"], ["mean", "slowmo"]
        asked.workers, asked.seeds, asked.passes = [1, 2], [0], 1.0
    if asked.what == "write":
        write_page(recorded(asked.record), asked.page)
        return
    left = run(asked)
    sys.stderr.write(f"{left} cells are left\n" if left else "all cells are measured\n")


if __name__ == "__main__":
    main()
