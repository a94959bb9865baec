"""All algorithms on the same rows: accuracy against passes and seconds, and their speed-ups.

    python -m bench.campaigns.systems compare [PASSES] [SEEDS]   one table, Fashion-MNIST
    python -m bench.campaigns.systems speed                      rows/s of 2 workers / 1
    python -m bench.campaigns.systems split [STEPS]              2 slices / one process
    python -m bench.campaigns.systems lbfgs [ITERATIONS] [REPEATS] [DTYPE]
                                                                 2 workers / 1; scikit-learn's
    mpiexec -n 2 python -m bench.campaigns.systems ranks [PASSES]   asynchronous, and split
    python -m bench.campaigns.systems digits [SPLITS]            L-BFGS and scikit-learn's, accuracy
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace

import numpy as np

from bench.fashion_mnist import test_rows, training_rows
from fastavg import SGD, Execution, Network, Plan, Schedule, train
from fastavg.solvers import LBFGS
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.algorithms.easgd import EASGD
from fastavg.training.algorithms.hogwild import Hogwild
from fastavg.training.algorithms.split_layers import SplitLayers
from fastavg.training.observers.events import Observer

LAYERS = (784, 256, 128, 10)
DEEP = (784, 2500, 2000, 1500, 1000, 500, 10)
NETWORK = Network(LAYERS, "relu")
# One worker with batches of 128, or two with 64 each; the rate is that of the whole batch.
BASE = Plan(
    workers=2, epochs=10, average_every=0.25, batch_size=64, init="he",
    solver=SGD(0.05, Schedule("cosine"), momentum=0.9),
)
SYSTEMS = {
    "sequential": {"workers": 1, "batch_size": 64},
    "local-sgd": {"average_every": 1 / 64},
    "gradient-averaging": {"algorithm": "gradient-averaging"},
    "downpour": {"algorithm": Downpour()},
    "downpour every 8": {"algorithm": Downpour(fetch=8, push=8)},
    "downpour, scale none": {"algorithm": Downpour(scale="none")},
    "easgd": {"algorithm": EASGD(period=8)},
    "hogwild": {"algorithm": Hogwild()},
    "split-layers": {"workers": 1, "algorithm": SplitLayers(2)},
}


class Rounds(Observer):
    """Seconds and rows of the rounds, the first one aside, in which processes start."""

    def __init__(self):
        self.times, self.rows, self.evaluations = [], [], []

    def on_round(self, event):
        self.times.append(time.perf_counter())
        self.rows.append(event.rows)
        self.evaluations.append(event.evaluations)

    @property
    def speed(self):
        """Rows a second."""
        return sum(self.rows[1:]) / (self.times[-1] - self.times[0])


def timed(plan, rows, network=NETWORK, processes=None):
    """A run's model and its rows a second."""
    rounds = Rounds()
    model = train(network, *rows, plan, execution=Execution(processes, observers=(rounds,)))
    return model, rounds.speed


def compare(passes="10", seeds="3"):
    """Accuracy on the test rows, mean over the seeds, and rows a second."""
    rows, test = training_rows(), test_rows()
    print("| algorithm | test accuracy | least | most | rows/s |\n| --- | --- | --- | --- | --- |")
    for name, changes in SYSTEMS.items():
        scores, speeds = [], []
        for seed in range(int(seeds)):
            plan = replace(BASE, epochs=float(passes), seed=seed, **changes)
            model, speed = timed(plan, rows)
            scores.append(100 * model.score(*test))
            speeds.append(speed)
        print(
            f"| {name} | {np.mean(scores):.2f} | {min(scores):.2f} | {max(scores):.2f} | "
            f"{np.median(speeds):,.0f} |", flush=True,
        )


def speed(repeats="3"):
    """Rows a second with two workers and with one, in turns."""
    rows = training_rows()
    for algorithm in (Downpour(), Downpour(fetch=8, push=8), EASGD(period=8), Hogwild()):
        found = {1: [], 2: []}
        for _ in range(int(repeats)):
            for workers in found:
                plan = replace(
                    BASE, workers=workers, epochs=2, batch_size=128, algorithm=algorithm
                )
                found[workers].append(timed(plan, rows)[1])
        one, two = (np.median(found[workers]) for workers in (1, 2))
        print(f"{algorithm}: {one:,.0f} and {two:,.0f} rows/s, {two / one:.2f} x", flush=True)


def split(steps="8"):
    """Rows a second of a deep network in two slices, and in one process."""
    random = np.random.default_rng(0)
    n = 512 * int(steps)
    rows = random.random((n, 784), np.float32), random.integers(0, 10, n)
    network = Network(DEEP, "relu")
    plan = replace(BASE, workers=1, batch_size=512, epochs=3, average_every=1.0)
    found = {"whole": [], "split": []}
    for _ in range(2):
        found["whole"].append(timed(plan, rows, network, 1)[1])
        found["split"].append(
            timed(replace(plan, algorithm=SplitLayers(2)), rows, network, 2)[1]
        )
    whole, sliced = max(found["whole"]), max(found["split"])
    print(f"{whole:,.0f} and {sliced:,.0f} rows/s, {sliced / whole:.2f} x")
    memory()


def ranks(passes="5"):
    """Accuracy and rows a second of two ranks under mpiexec, one process each; rank 0 prints."""
    from fastavg.communicators import connect

    communicator = connect("mpi")
    rows, test = training_rows(), test_rows()

    def run(network, rows, plan):
        rounds = Rounds()
        execution = Execution(1, communicator, observers=(rounds,))
        return train(network, *rows, plan, execution=execution), rounds.speed

    for algorithm in (
        Downpour(between_ranks=1), Downpour(between_ranks=4), Downpour(between_ranks=16),
        EASGD(period=8), Hogwild(),
    ):
        plan = replace(BASE, epochs=float(passes), algorithm=algorithm)
        model, speed = run(NETWORK, rows, plan)
        if communicator.rank == 0:
            score = 100 * model.score(*test)
            print(f"{algorithm}: {score:.2f} %, {speed:,.0f} rows/s", flush=True)
    network, deep = Network(DEEP, "relu"), (rows[0][:4096], rows[1][:4096])
    plan = replace(BASE, workers=1, batch_size=512, epochs=3, average_every=1.0)
    speed = run(network, deep, replace(plan, algorithm=SplitLayers(2)))[1]
    if communicator.rank == 0:
        print(f"two slices on two ranks: {speed:,.0f} rows/s", flush=True)


def memory():
    """Bytes of weights and state of a slice, as a part of the whole network's."""
    from fastavg.networks.layer_slices import LayerSlice
    from fastavg.networks.workspace import wide_size

    network = Network(DEEP, "relu")
    for slices in (2, 3, 4, 8):
        largest = max(
            LayerSlice(network, 512, member, slices, "f4").size for member in range(slices)
        )
        print(f"{slices} slices: {largest / wide_size(network):.3f} of weights and state")


def lbfgs(iterations="8", repeats="3", dtype="float32"):
    """Seconds of an iteration with two workers and one, and of scikit-learn's evaluations.

    Both compute in the dtype of the rows.
    """
    X, y = training_rows()
    rows = X.astype(dtype), y
    found, ours, theirs = {1: [], 2: []}, [], []
    for _ in range(int(repeats)):
        for workers in found:
            rounds = Rounds()
            plan = Plan(
                workers=workers, epochs=float(iterations), batch_size=0, solver=LBFGS(),
                algorithm="lbfgs", solver_state="reset", init="he", dtype=dtype,
            )
            train(NETWORK, *rows, plan, execution=Execution(workers, observers=(rounds,)))
            found[workers].append(float(np.median(np.diff(rounds.times))))
            if workers == 1:
                ours.append((rounds.times[-1] - rounds.times[0]) / sum(rounds.evaluations[1:]))
        theirs.append(scikit_learn_evaluation(rows, int(iterations)))
    one, two = (np.median(found[workers]) for workers in (1, 2))
    print(f"iteration: {one:.3f} s and {two:.3f} s, {one / two:.2f} x")
    own, other = np.median(ours), np.median(theirs)
    print(f"evaluation: {own:.3f} s, scikit-learn {other:.3f} s, {other / own:.2f} x")


def scikit_learn_evaluation(rows, iterations):
    """Seconds of one evaluation by scikit-learn on one core, its line search included."""
    import warnings

    from sklearn.neural_network import MLPClassifier
    from threadpoolctl import threadpool_limits

    class Counting(MLPClassifier):
        """Notes when the objective is evaluated."""

        def _loss_grad_lbfgs(self, *arguments):
            self.times_.append(time.perf_counter())
            return super()._loss_grad_lbfgs(*arguments)

    X, y = rows
    net = Counting(LAYERS[1:-1], solver="lbfgs", max_iter=iterations, random_state=0)
    net.times_ = []
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net.fit(X, y)
    return float(np.mean(np.diff(net.times_)))


def digits(splits="5"):
    """Accuracy of L-BFGS and of scikit-learn's on the embedded digits, split by split."""
    import warnings

    from sklearn import neural_network
    from sklearn.model_selection import train_test_split

    import fastavg
    from fastavg.datasets import load_digits5k

    X, y = load_digits5k()
    scores = []
    for seed in range(int(splits)):
        given, held, y_given, y_held = train_test_split(
            X.astype(float), y, test_size=0.3, random_state=seed, stratify=y
        )
        options = {"hidden_layer_sizes": (25,), "solver": "lbfgs", "alpha": 1.0,
                   "max_iter": 200, "random_state": seed}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores.append([
                100 * package.MLPClassifier(**options).fit(given, y_given).score(held, y_held)
                for package in (fastavg, neural_network)
            ])
        print("fastavg {:.2f} %, scikit-learn {:.2f} %".format(*scores[-1]), flush=True)
    print("mean {:.2f} % and {:.2f} %".format(*np.mean(scores, axis=0)))


if __name__ == "__main__":
    command, *arguments = sys.argv[1:]
    commands = {
        "compare": compare, "speed": speed, "split": split, "ranks": ranks, "lbfgs": lbfgs,
        "digits": digits,
    }
    commands[command](*arguments)
