"""How near the forecasts of ``fastavg plan`` are: predicted against measured, on ten works.

    python -m bench.campaigns.planner             all works, about four minutes
    python -m bench.campaigns.planner --works 2   the first two

Run it on a machine that has nothing else to do: a forecast is made from short trainings, and
what others do meanwhile is in it. The error that is asked for is at most 15 %.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from statistics import median

import numpy as np

from fastavg import SGD, Adam, Execution, Network, Plan
from fastavg.communicators import LocalCommunicator
from fastavg.machine.resources import usable_cpus
from fastavg.planner.cost_model import Layout, Work
from fastavg.planner.short_trainings import calibrate, seconds_of_round
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from fastavg.training.train import prepare_rows, train_run

WORKS = (
    ((20, 64, 64, 2), 64, 50_000, Adam(1e-3)),
    ((400, 25, 10), 32, 3_500, SGD(1e-2)),
    ((784, 256, 128, 10), 64, 10_000, Adam(1e-3)),
    ((50, 256, 128, 10), 32, 20_000, Adam(1e-3)),
    ((784, 1024, 512, 10), 128, 4_000, SGD(1e-2)),
    ((10, 16, 2), 8, 20_000, SGD(1e-2)),
    ((100, 100, 1), 32, 20_000, Adam(1e-3)),
    ((30, 512, 512, 3), 64, 8_000, Adam(1e-3)),
    ((200, 64, 5), 256, 40_000, SGD(1e-2)),
    ((784, 100, 10), 16, 6_000, Adam(1e-3)),
)
SECONDS = 1.0


def layouts(cpus: int) -> list[Layout]:
    """What is predicted, beside what calibration has measured itself."""
    return [
        Layout(1, 1, 0.25), Layout(4, 1, 0.25), Layout(cpus, cpus, 0.25), Layout(2 * cpus, cpus, 1),
        Layout(4 * cpus, cpus, 0.1),
    ]


def measured(work: Work, rows, layout: Layout, epochs: int) -> float:
    """Seconds a pass of a whole run."""
    plan, history = replace(work.plan_of(layout), epochs=epochs), History()
    start = work.network.initial_weights(0, plan.init, plan.numpy_dtype)
    train_run(
        Run(work.network, plan, rows, start),
        Execution(layout.processes, LocalCommunicator(), observers=(history,)),
    )
    return sum(map(seconds_of_round, history.records)) / epochs


def main() -> None:
    """Predict and measure, and print a line for each layout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=int, default=len(WORKS))
    errors = []
    for sizes, batch, n_rows, solver in WORKS[: parser.parse_args().works]:
        output = "identity" if sizes[-1] == 1 else "softmax"
        network = Network(sizes, output=output)
        plan = Plan(batch_size=batch, average_every=0.25, solver=solver)
        X = np.random.default_rng(0).random((n_rows, sizes[0]), np.float32)
        y = X[:, 0] if sizes[-1] == 1 else np.arange(n_rows) % sizes[-1]
        rows, _ = prepare_rows(network, plan, X, y)
        work = Work(network, plan, n_rows, sum(each.nbytes for each in rows.arrays), rows.Y)
        costs = calibrate(work, rows)
        for layout in layouts(usable_cpus()):
            predicted = costs.seconds(work, layout)
            epochs = max(1, round(SECONDS / predicted))
            found = measured(work, rows, layout, epochs)
            errors.append(abs(predicted / found - 1))
            print(
                f"{'-'.join(map(str, sizes)):<20} {layout.workers:>3} workers "
                f"{layout.processes:>3} processes  every {layout.average_every:<5} "
                f"predicted {predicted:.4g} s  measured {found:.4g} s  "
                f"{predicted / found - 1:+.0%}",
                flush=True,
            )
    within = sum(error <= 0.15 for error in errors)
    print(f"median error {median(errors):.0%}; {within} of {len(errors)} within 15 %")


if __name__ == "__main__":
    main()
