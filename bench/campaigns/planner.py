"""How near the forecasts of ``fastavg plan`` are: predicted against measured, on ten works.

    python -m bench.campaigns.planner             all works, about five minutes
    python -m bench.campaigns.planner --works 2 3 the works 2 and 3, from 0
    python -m bench.campaigns.planner --drawn 5   ten works that are drawn at random, by seed 5

Run it on a machine that has nothing else to do: a forecast is made from short trainings, and
what others do meanwhile is in it. Many machines are a third faster in one minute than in the
next, so forecasts and whole runs alternate. The median of the forecasts of a pass is compared with
a pass of the fastest run, without the run's first rounds, as a forecast is made of the fastest
trainings; the slowest is shown as well. The error that is asked for is at most 15 %. Then whole
runs, from the call to the end, are compared with the forecast of their passes and their start.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from itertools import pairwise
from statistics import median

import numpy as np

from fastavg import SGD, Adam, Execution, Network, Plan
from fastavg.communicators import LocalCommunicator
from fastavg.machine.resources import usable_cpus
from fastavg.planner.cost_model import Layout, Work
from fastavg.planner.short_trainings import calibrate, seconds_of_pass
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
SECONDS = 0.4
REPEATS = 3


def drawn(seed: int) -> list[tuple]:
    """Ten works of other shapes: one to three hidden layers, 2,000 to 60,000 rows."""
    random = np.random.default_rng(seed)

    def size(low: int, high: int) -> int:
        return round(np.exp(random.uniform(np.log(low), np.log(high))))

    works = []
    for _ in range(10):
        inputs, outputs = size(5, 800), int(random.integers(1, 11))
        hidden = [size(10, 500) for _ in range(random.integers(1, 4))]
        weights = sum(a * b for a, b in pairwise([inputs, *hidden, outputs]))
        # A pass takes some tenths of a second at most.
        rows = int(np.clip(size(2000, 60_000), 2000, max(2000, 4e9 / weights)))
        solver = (Adam(1e-3), SGD(1e-2))[random.integers(2)]
        works.append(((inputs, *hidden, outputs), 2 ** int(random.integers(3, 9)), rows, solver))
    return works


def layouts(cpus: int) -> list[Layout]:
    """What is predicted, beside what calibration has measured itself."""
    return [
        Layout(1, 1, 0.25), Layout(4, 1, 0.25), Layout(cpus, cpus, 0.25), Layout(2 * cpus, cpus, 1),
        Layout(4 * cpus, cpus, 0.1),
    ]


def measured(work: Work, rows, layout: Layout, epochs: int) -> tuple[float, float]:
    """Seconds of a pass, and of the whole run."""
    plan, history = replace(work.plan_of(layout), epochs=epochs), History()
    start = work.network.initial_weights(0, plan.init, plan.numpy_dtype)
    began = time.perf_counter()
    train_run(
        Run(work.network, plan, rows, start),
        Execution(layout.processes, LocalCommunicator(), observers=(history,)),
    )
    return seconds_of_pass(history.records), time.perf_counter() - began


def main() -> None:
    """Predict and measure, and print a line for each layout."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--works", type=int, nargs="*", default=range(len(WORKS)))
    parser.add_argument("--drawn", type=int)
    given = parser.parse_args()
    errors, pairs, singles, wholes, spent = [], [], [], [], []
    works = WORKS if given.drawn is None else drawn(given.drawn)
    for sizes, batch, n_rows, solver in (works[index] for index in given.works):
        output = "identity" if sizes[-1] == 1 else "softmax"
        network = Network(sizes, output=output)
        plan = Plan(batch_size=batch, average_every=0.25, solver=solver)
        X = np.random.default_rng(0).random((n_rows, sizes[0]), np.float32)
        y = X[:, 0] if sizes[-1] == 1 else np.arange(n_rows) % sizes[-1]
        rows, _ = prepare_rows(network, plan, X, y)
        work = Work(network, plan, n_rows, sum(each.nbytes for each in rows.arrays), rows.Y)
        compared = layouts(usable_cpus())
        predicted: dict[Layout, list[float]] = {layout: [] for layout in compared}
        found: dict[Layout, list[float]] = {layout: [] for layout in compared}
        for _ in range(REPEATS):
            began = time.perf_counter()
            costs = calibrate(work, rows)
            spent.append(time.perf_counter() - began)
            for layout in compared:
                predicted[layout].append(costs.seconds(work, layout))
                epochs = max(1, round(SECONDS / predicted[layout][-1]))
                a_pass, whole = measured(work, rows, layout, epochs)
                found[layout].append(a_pass)
                wholes.append(abs(costs.run_seconds(work, layout, epochs) / whole - 1))
                singles.append(abs(predicted[layout][-1] / found[layout][-1] - 1))
        for layout in compared:
            forecast, real = median(predicted[layout]), min(found[layout])
            error = forecast / real - 1
            errors.append(abs(error))
            pairs.append(abs(median(
                each / run for each, run in zip(predicted[layout], found[layout], strict=True)
            ) - 1))
            print(
                f"{'-'.join(map(str, sizes)):<20} {layout.workers:>3} workers "
                f"{layout.processes:>3} processes  every {layout.average_every:<5} "
                f"predicted {forecast:.4g} s  measured {real:.4g} s  "
                f"(to {max(found[layout]):.3g})  {error:+.0%}",
                flush=True,
            )
    within = sum(error <= 0.15 for error in errors)
    print(f"median error {median(errors):.0%}; {within} of {len(errors)} within 15 %")
    within = sum(error <= 0.15 for error in pairs)
    print(
        f"each forecast against the run after it, median of {REPEATS}: median error "
        f"{median(pairs):.0%}; {within} of {len(pairs)} within 15 %"
    )
    alone = sum(error <= 0.15 for error in singles)
    print(
        f"each forecast alone against the one run after it: median error {median(singles):.0%}; "
        f"{alone} of {len(singles)} within 15 %"
    )
    print(f"whole runs of about {SECONDS} s: median error {median(wholes):.0%}")
    print(f"a forecast took {median(spent):.1f} s, at most {max(spent):.1f} s")


if __name__ == "__main__":
    main()
