"""Accuracy after every pass for 1, 2, 4 and 8 workers, for the landing page.

    python docs/pictures/accuracy.py          # trains, about two minutes; writes accuracy.json
    python docs/pictures/accuracy.py shared   # eight workers that share a batch; adds them to it

Fashion-MNIST, layers 784-256-128-10, Adam, batches of 32 rows of each worker, an average eight
times an epoch, the learning rate multiplied by the square root of the workers; three seeds.
Eight workers that share a batch have 4 rows each, an average every four steps, and the learning
rate of one worker; one seed.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parents[1]))

from bench.fashion_mnist import test_rows, training_rows  # noqa: E402
from bench.report.records import machine  # noqa: E402
from fastavg import Adam, Execution, Network, Plan, Schedule, __version__, train  # noqa: E402
from fastavg.training.observers.events import Observer  # noqa: E402

WORKERS, SEEDS, PASSES = (1, 2, 4, 8), 3, 8
SHARED_SEEDS = 1
NETWORK = Network((784, 256, 128, 10), "relu")


class Scores(Observer):
    """Accuracy of the common weights on the test rows at the end of every pass."""

    weights_at = "epoch"

    def __init__(self, model_of, X, y):
        self._model_of, self._X, self._y, self.values = model_of, X, y, []

    def on_round(self, event):
        if event.epoch >= len(self.values) + 1 - 1e-9:
            self.values.append(self._model_of(event.weights()).score(self._X, self._y))


def curve(workers, seed, rows, test, shared=False):
    """Accuracy after each pass."""
    from fastavg import Model

    scores = Scores(
        lambda weights: Model(NETWORK, weights.copy(), classes=np.arange(10)), *test
    )
    plan = Plan(
        workers=workers, epochs=PASSES, init="he", seed=seed,
        average_every="4 steps" if shared else 0.125,
        batch_size=32 // workers if shared else 32,
        solver=Adam(1e-3 if shared else 1e-3 * workers**0.5, Schedule("cosine")),
    )
    train(NETWORK, *rows, plan, execution=Execution(observers=[scores]))
    return scores.values


def about():
    """When and where."""
    return {
        "at": time.strftime("%Y-%m-%d", time.gmtime()), "fastavg": __version__,
        "machine": machine(),
    }


def mean_curve(workers, rows, test, shared=False):
    """The mean over the seeds."""
    seeds = SHARED_SEEDS if shared else SEEDS
    curves = [curve(workers, seed, rows, test, shared) for seed in range(seeds)]
    return np.mean(curves, axis=0).round(5).tolist()


def main(what="all"):
    """Train all of them, and write the mean over the seeds."""
    rows, test = training_rows(), test_rows()
    if what == "all":
        record = {
            **about(), "data": "Fashion-MNIST", "layers": list(NETWORK.layer_sizes),
            "seeds": SEEDS,
            "accuracy": {str(workers): mean_curve(workers, rows, test) for workers in WORKERS},
        }
    else:
        record = json.loads((HERE / "accuracy.json").read_text())
    record["shared"] = {
        **about(), "workers": 8, "seeds": SHARED_SEEDS,
        "accuracy": mean_curve(8, rows, test, True),
    }
    (HERE / "accuracy.json").write_text(json.dumps(record, indent=1) + "\n")
    print({workers: values[-1] for workers, values in record["accuracy"].items()})
    print(record["shared"]["accuracy"][-1])


if __name__ == "__main__":
    main(*sys.argv[1:])
