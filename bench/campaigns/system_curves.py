"""Accuracy of all systems against passes and against seconds: measured, and drawn.

    python -m bench.campaigns.system_curves measure [PASSES] [SEEDS] [SYSTEM ...]
    python -m bench.campaigns.system_curves clock [SYSTEM ...]
    python -m bench.campaigns.system_curves draw

Fashion-MNIST, 784-256-128-10, two workers with batches of 64.  The first measures accuracy
after every pass, the second the seconds of a pass; both write system-curves.json beside this
file, each system as it is done, and keep what is there of others.  The third draws
docs/systems/curves.svg from it.

A pass's seconds are the processor seconds of all processes of the run, divided by the processes
that train: what a pass takes where they have the processors for themselves.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil

from bench.campaigns.systems import BASE, NETWORK, SYSTEMS
from bench.fashion_mnist import test_rows, training_rows
from fastavg import Execution, Model, Plan, train
from fastavg.solvers import LBFGS
from fastavg.training.observers.events import Observer

RESULTS = Path(__file__).with_name("system-curves.json")
PICTURE = Path(__file__).parents[2] / "docs" / "systems" / "curves.svg"
# Every iteration of it evaluates all rows once, or a little more often.
LBFGS_PLAN = Plan(
    workers=2, batch_size=0, solver=LBFGS(), algorithm="lbfgs", solver_state="reset", init="he",
)
COLORS = (
    "black", "#0072b2", "#56b4e9", "#d55e00", "#e69f00", "#009e73", "#cc79a7", "#999999", "#8c564b",
    "#17becf",
)


class Passes(Observer):
    """Weights after every whole pass, and processor seconds so far."""

    def __init__(self):
        self.found, self.done = [], 0

    def on_round(self, event):
        if int(event.epoch + 1e-9) > self.done:
            self.done = int(event.epoch + 1e-9)
            self.found.append((processor_seconds(), event.weights().copy()))


def processor_seconds():
    """Of this process and all that it has started and that still run."""
    own = psutil.Process()
    times = [each.cpu_times() for each in (own, *own.children(recursive=True))]
    return sum(each.user + each.system for each in times)


def plans(passes):
    """What is measured, by name."""
    found = {name: replace(BASE, epochs=float(passes), **changes)
             for name, changes in SYSTEMS.items()}
    return {**found, "lbfgs": replace(LBFGS_PLAN, epochs=float(passes))}


def write(name, field, value):
    """Keep one figure of one system."""
    curves = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    curves.setdefault(name, {})[field] = value
    ordered = {each: curves[each] for each in plans(1) if each in curves}
    RESULTS.write_text(json.dumps(ordered, indent=1) + "\n")


def measure(passes="10", seeds="3", *names):
    """Accuracy of these systems, or all, after every pass; the mean over the seeds."""
    rows, test = training_rows(), test_rows()
    for name, plan in plans(passes).items():
        if names and name not in names:
            continue
        found = []
        for seed in range(int(seeds)):
            observer = Passes()
            train(NETWORK, *rows, replace(plan, seed=seed),
                  execution=Execution(observers=(observer,)))
            found.append([100 * Model(NETWORK, weights, np.arange(10)).score(*test)
                          for _, weights in observer.found])
        least = min(map(len, found))
        means = np.mean([each[:least] for each in found], axis=0).round(2).tolist()
        write(name, "accuracy", means)
        print(f"{name}: {means[-1]:.2f} % after {least} passes", flush=True)


def clock(*names):
    """Seconds of a pass of these systems, or all."""
    rows = training_rows()
    for name, plan in plans(3).items():
        if names and name not in names:
            continue
        observer = Passes()
        train(NETWORK, *rows, plan, execution=Execution(observers=(observer,)))
        (first, _), *_, (last, _) = observer.found
        seconds = (last - first) / (len(observer.found) - 1) / (plan.workers * plan.algorithm.parts)
        write(name, "seconds", round(seconds, 3))
        print(f"{name}: {seconds:.3f} s a pass", flush=True)


def draw():
    """One picture of two panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update({"svg.hashsalt": "fastavg", "font.size": 8})
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
    for (name, found), color in zip(
        json.loads(RESULTS.read_text()).items(), COLORS, strict=False
    ):
        passes = 1 + np.arange(len(found["accuracy"]))
        for panel, factor in zip(panels, (1, found["seconds"]), strict=True):
            panel.plot(passes * factor, found["accuracy"], color=color, label=name, linewidth=1.2)
    for panel, words in zip(panels, ("passes over the rows", "seconds"), strict=True):
        panel.set_xlabel(words)
        panel.set_ylim(82, 90)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy, %")
    figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, ncols=5,
                  loc="lower center", bbox_to_anchor=(0.5, -0.14))
    figure.savefig(PICTURE, format="svg", metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"measure": measure, "clock": clock, "draw": draw}[command](*arguments)
