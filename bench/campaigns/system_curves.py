"""Accuracy of all systems against passes and against seconds: measured, and drawn.

    python -m bench.campaigns.system_curves measure [PASSES] [SEEDS] [SYSTEM ...]
    python -m bench.campaigns.system_curves draw

The first writes system-curves.json beside this file, each system as it is done, and keeps what
is there of others; the second draws docs/systems/curves.svg from it.

Fashion-MNIST, 784-256-128-10, two workers with batches of 64.  Weights are copied after every
pass, and tested when the run is over, so that the seconds are those of training alone; they
count from the first round, when all processes have started.
"""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

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
)


class Passes(Observer):
    """Weights and seconds after every whole pass."""

    def __init__(self):
        self.began, self.found, self.done = None, [], 0.0

    def on_round(self, event):
        now = time.perf_counter()
        if self.began is None:
            # The round itself is added by its share of a pass.
            self.began, self.first = now, event.epoch
        if int(event.epoch + 1e-9) > self.done:
            self.done = int(event.epoch + 1e-9)
            self.found.append((event.epoch, now - self.began, event.weights().copy()))

    def curve(self, test):
        """Passes, seconds and accuracy in percent, one each a pass."""
        rows = []
        for epoch, seconds, weights in self.found:
            share = epoch / (epoch - self.first) if epoch > self.first else 0.0
            score = Model(NETWORK, weights, np.arange(10)).score(*test)
            rows.append((round(epoch, 3), round(share * seconds, 3), round(100 * score, 2)))
        return rows


def measure(passes="10", seeds="3", *names):
    """Curves of these systems, or all: accuracy is the mean over the seeds, seconds the median."""
    rows, test = training_rows(), test_rows()
    curves = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    plans = {name: replace(BASE, epochs=float(passes), **changes)
             for name, changes in SYSTEMS.items()}
    plans["lbfgs"] = replace(LBFGS_PLAN, epochs=float(passes))
    for name, plan in plans.items():
        if names and name not in names:
            continue
        found = []
        for seed in range(int(seeds)):
            observer = Passes()
            train(NETWORK, *rows, replace(plan, seed=seed),
                  execution=Execution(observers=(observer,)))
            found.append(observer.curve(test))
        least = min(map(len, found))
        table = np.array([each[:least] for each in found])
        curves[name] = np.column_stack([
            table[0, :, 0], np.median(table[:, :, 1], 0), table[:, :, 2].mean(0),
        ]).round(3).tolist()
        last = curves[name][-1]
        print(f"{name}: {last[2]:.2f} % after {last[0]:g} passes and {last[1]:.1f} s", flush=True)
        ordered = {each: curves[each] for each in plans if each in curves}
        RESULTS.write_text(json.dumps(ordered) + "\n")


def draw():
    """One picture of two panels."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    matplotlib.rcParams.update({"svg.hashsalt": "fastavg", "font.size": 8})
    figure, panels = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True)
    for (name, rows), color in zip(json.loads(RESULTS.read_text()).items(), COLORS, strict=False):
        table = np.array(rows)
        for panel, column in zip(panels, (0, 1), strict=True):
            panel.plot(table[:, column], table[:, 2], color=color, label=name, linewidth=1.2)
    for panel, words in zip(panels, ("passes over the rows", "seconds"), strict=True):
        panel.set_xlabel(words)
        panel.set_ylim(80, 90)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("test accuracy, %")
    figure.legend(*panels[0].get_legend_handles_labels(), frameon=False, ncols=5,
                  loc="lower center", bbox_to_anchor=(0.5, -0.14))
    figure.savefig(PICTURE, format="svg", metadata={"Date": None}, bbox_inches="tight")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    {"measure": measure, "draw": draw}[command](*arguments)
