"""Averaging rules and ways to average beside each other: accuracy of many workers at equal passes.

    python -m bench.campaigns.averaging_rules --data digits --out rules     seconds a cell
    python -m bench.campaigns.averaging_rules --data fashion --out rules    hours on two cores

All workers' batches together are one batch of 64 rows, so that every cell has seen the same
rows in batches of the same size.  Writes a table in Markdown and a drawing: mean test
accuracy over the seeds with its standard error, the passes that were needed to reach
``--target``, and the part of the rounds' time that was spent outside of training.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np

from fastavg import SGD, Adam, Execution, Model, Network, Plan, Schedule, train
from fastavg.datasets import load_digits5k
from fastavg.training.observers.events import Observer

WHOLE_BATCH = 64
MEAN = {"averaging": "mean"}
WAYS: dict[str, dict[str, Any]] = {
    "mean": MEAN,
    **{name: {"averaging": name} for name in (
        "slowmo", "fedavgm", "bmuf", "diloco", "muloco", "fedadam", "fedyogi", "fedadagrad",
        "easgd", "ema", "swa", "lawa",
    )},
    "mean, state kept": {**MEAN, "solver_state": "keep"},
    "mean, state reset": {**MEAN, "solver_state": "reset"},
    "mean once an epoch": {**MEAN, "average_every": 1},
    "gradients": {**MEAN, "algorithm": "gradient-averaging"},
    "gradients, then mean": {**MEAN, "algorithm": "post-local-sgd"},
}
SOLVERS = {"sgd": SGD(0.02, Schedule("cosine")), "adam": Adam(1e-3, Schedule("cosine"))}


@dataclass
class Curve(Observer):
    """Test accuracy at the end of every epoch, and where the time went."""

    network: Network
    X: Any
    y: Any
    accuracy: list[float] = field(default_factory=list)
    training: float = 0.0
    outside: float = 0.0
    weights_at = "epoch"

    def on_round(self, event: Any) -> None:
        self.training += event.training_seconds
        self.outside += event.averaging_seconds + event.waiting_seconds
        if event.epoch >= len(self.accuracy) + 1 - 1e-9 or event.last:
            model = Model(self.network, np.array(event.weights()), np.unique(self.y))
            self.accuracy.append(model.score(self.X, self.y))

    def passes_to(self, target: float) -> float:
        return next(
            (at + 1 for at, value in enumerate(self.accuracy) if value >= target), float("nan")
        )


def data(name: str) -> tuple[Network, Any, Any, Any, Any]:
    """Network, training rows and test rows."""
    if name == "fashion":
        from bench.fashion_mnist import test_rows, training_rows

        return Network((784, 256, 128, 10)), *training_rows(), *test_rows()
    X, y = load_digits5k()
    test = np.arange(len(y)) % 5 == 0
    return Network((400, 64, 10)), X[~test], y[~test], X[test], y[test]


def cell(asked: argparse.Namespace, way: dict[str, Any], workers: int, rows: Any) -> dict[str, Any]:
    """One way with so many workers: figures over the seeds."""
    network, X, y, X_test, y_test = rows
    curves = []
    for seed in range(asked.seeds):
        curve = Curve(network, X_test, y_test)
        plan = Plan(**{
            "workers": workers, "epochs": asked.epochs, "average_every": asked.every, "seed": seed,
            "batch_size": max(1, WHOLE_BATCH // workers), "init": "he",
            "solver": SOLVERS[asked.solver], **way,
        })
        train(network, X, y, plan, execution=Execution(asked.processes, observers=[curve]))
        curves.append(curve)
    last = [curve.accuracy[-1] for curve in curves]
    return {
        "mean": mean(last), "error": stdev(last) / len(last) ** 0.5 if len(last) > 1 else 0.0,
        "passes": mean(curve.passes_to(asked.target) for curve in curves),
        "outside": mean(curve.outside / (curve.outside + curve.training) for curve in curves),
    }


def table(asked: argparse.Namespace, found: dict[str, dict[int, dict[str, Any]]]) -> str:
    """The cells as Markdown."""
    head = [f"{workers} workers" for workers in asked.workers]
    lines = [
        f"{asked.data}, {asked.solver}, {asked.epochs:g} passes, averages every {asked.every}, "
        f"{asked.seeds} seeds: test accuracy in %, standard error; passes to "
        f"{asked.target:.1%}; part of a round outside of training", "",
        f"| | {' | '.join(head)} |", f"| --- |{' --- |' * len(head)}",
    ]
    for name, cells in found.items():
        shown = [
            f"{100 * each['mean']:.2f} ± {100 * each['error']:.2f}; "
            f"{'never' if np.isnan(each['passes']) else format(each['passes'], '.1f')}; "
            f"{each['outside']:.0%}" for each in cells.values()
        ]
        lines.append(f"| {name} | {' | '.join(shown)} |")
    return "\n".join(lines) + "\n"


def draw(found: dict[str, dict[int, dict[str, Any]]], path: Path) -> None:
    """Accuracy over workers, a line for each way."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    for name, cells in found.items():
        axes.errorbar(
            list(cells), [100 * each["mean"] for each in cells.values()],
            [100 * each["error"] for each in cells.values()], label=name, capsize=2,
        )
    axes.set(xscale="log", xlabel="workers", ylabel="test accuracy, %")
    axes.set_xticks(list(next(iter(found.values()))), list(next(iter(found.values()))))
    axes.legend(fontsize="small", ncols=2)
    figure.savefig(path, bbox_inches="tight")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", choices=("digits", "fashion"), default="digits")
    parser.add_argument("--solver", choices=tuple(SOLVERS), default="sgd")
    parser.add_argument("--ways", nargs="*", choices=tuple(WAYS), default=list(WAYS))
    parser.add_argument("--workers", nargs="*", type=int, default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--epochs", type=float, default=10)
    parser.add_argument("--every", default="4 steps")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--target", type=float, default=0.885)
    parser.add_argument("--processes", type=int, default=None)
    parser.add_argument("--out", type=Path, help="a folder for the table and the drawing")
    asked = parser.parse_args()
    rows, found = data(asked.data), {}
    for name in asked.ways:
        found[name] = {
            workers: cell(asked, WAYS[name], workers, rows) for workers in asked.workers
        }
        sys.stderr.write(f"{name}: {found[name]}\n")
    text = table(asked, found)
    sys.stdout.write(text)
    if asked.out is not None:
        asked.out.mkdir(parents=True, exist_ok=True)
        name = f"{asked.data}-{asked.solver}"
        (asked.out / f"{name}.md").write_text(text)
        draw(found, asked.out / f"{name}.svg")


if __name__ == "__main__":
    main()
