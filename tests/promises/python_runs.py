"""Recorded runs of Python's training."""

from __future__ import annotations

import tempfile

import numba
import numpy as np

from tests.promises import recorded_rows as rows
from tests.promises import training_calls as calls
from tests.promises.recorded_run import ONE, TEAM, Run, sha256

RUNS: dict[str, Run] = {}
BASE = {
    "workers": 4, "epochs": 2, "average_every": 0.5, "batch_size": 16, "seed": 3, "l2": 1e-4,
    "init": "glorot", "dtype": "float32", "solver": ("adam", {"learning_rate": 0.01}),
    "solver_state": "average", "sampling": "shards",
}
DIGITS = ((400, 12, 10), "relu", "softmax")
SMALL = ((6, 9, 3), "relu", "softmax")


def by_python(name, network, given, layouts=ONE, **options):
    def digest(layout):
        weights = calls.train_weights(network, given, {**BASE, **options}, layout.processes)
        return sha256(weights)

    RUNS[f"python {name}"] = Run(digest, layouts)


def with_schedule(kind, rate=0.05, solver="sgd", **more):
    return (solver, {"learning_rate": rate, "schedule": (kind, more)})


@numba.njit
def square_root(z):
    one = type(z)(1)
    return z / np.sqrt(one + z * z)


@numba.njit
def square_root_derivative(z):
    one = type(z)(1)
    return one / ((one + z * z) * np.sqrt(one + z * z))


@numba.njit
def quartic(prediction, target):
    return (prediction - target) ** 4


@numba.njit
def quartic_derivative(prediction, target):
    return 4 * (prediction - target) ** 3


by_python("sgd", DIGITS, rows.digits(), solver=("sgd", {"learning_rate": 0.1, "momentum": 0.0}))
by_python("momentum cosine", DIGITS, rows.digits(), TEAM, solver=with_schedule("cosine"))
by_python("nesterov invscaling", DIGITS, rows.digits(), solver=(
    "sgd", {"learning_rate": 0.5, "nesterov": True, "schedule": ("invscaling", {"power": 0.4})}))
by_python("adam", DIGITS, rows.digits(), TEAM)
by_python("adamw warmup", DIGITS, rows.digits(), init="he",
          solver=with_schedule("constant", 0.01, "adamw", warmup=1.0))
by_python("nadam keep", DIGITS, rows.digits(), TEAM, solver_state="keep",
          solver=("nadam", {"learning_rate": 0.01}))
by_python("rmsprop reset", DIGITS, rows.digits(), TEAM, solver_state="reset", init="lecun",
          solver=("rmsprop", {"learning_rate": 0.005, "momentum": 0.5}))
by_python("adagrad step", DIGITS, rows.digits(),
          solver=with_schedule("step", 0.05, "adagrad", every=0.5, factor=0.5))
by_python("one cycle", DIGITS, rows.digits(), solver=with_schedule("one_cycle"))
by_python("plateau", SMALL, rows.classes(), epochs=8,
          solver=with_schedule("plateau", 1.0, patience=0, factor=0.5, tol=0.2))
by_python("adaptive", SMALL, rows.classes(), epochs=8,
          solver=with_schedule("adaptive", 1.0, patience=0, tol=0.1))
by_python("cg stratified", ((400, 8, 10), "logistic", "logistic"), rows.digits(), TEAM,
          solver=("cg", {}), batch_size=0, epochs=6, average_every=3, sampling="stratified",
          fraction=0.8, dtype="float64", l2=0.5)
by_python("backtracking resample", DIGITS, rows.digits(), solver=("backtracking", {}),
          sampling="resample", fraction=0.5)
by_python("whole sample", SMALL, rows.classes(), batch_size=0, epochs=4, average_every=1.5)
by_python("slow momentum float64", DIGITS, rows.digits(), TEAM, dtype="float64",
          averaging=("slow-momentum", {"beta": 0.6, "rate": 0.9}))
by_python("dropout l1 norms", ((400, 16, 12, 10), "relu", "softmax"), rows.digits(), TEAM,
          dropout=(0.2, 0.1), input_dropout=0.1, l1=1e-3, max_norm=1.5, clip_norm=0.5)
by_python("clipped values", DIGITS, rows.digits(), clip_value=0.01)
by_python("weighted in order", DIGITS, rows.digits_weighted(), shuffle=False, workers=2,
          init="glorot-biases")
by_python("label smoothing", SMALL, rows.classes(), loss=("cross_entropy",
          {"label_smoothing": 0.1}))
by_python("smooth labels tanh", ((6, 9, 3), "tanh", "logistic"), rows.labels(),
          loss=("cross_entropy", {"label_smoothing": 0.2}))
by_python("hinge leaky relu", ((6, 9, 3), "leaky_relu", "margin"), rows.classes())
by_python("squared hinge elu", ((6, 9, 3), "elu", "margin"), rows.classes(),
          loss=("hinge", {"squared": True}))
by_python("squared error lecun tanh", ((6, 9, 1), "lecun_tanh", "identity"), rows.numbers())
by_python("absolute error softplus", ((6, 9, 1), "softplus", "identity"), rows.numbers(),
          loss=("absolute_error", {}))
by_python("huber gelu", ((6, 9, 1), "gelu", "identity"), rows.numbers(),
          loss=("huber", {"delta": 0.3}))
by_python("quantile silu", ((6, 9, 1), "silu", "identity"), rows.numbers(),
          loss=("quantile", {}))
by_python("log cosh identity", ((6, 9, 1), "identity", "identity"), rows.numbers(),
          loss=("log_cosh", {}))
by_python("poisson mixed", ((6, 9, 5, 1), ("tanh", "relu"), "exponential"), rows.counts())
by_python("gamma", ((6, 9, 1), "tanh", "exponential"), rows.counts(), loss=("gamma", {}))
by_python("custom", ((6, 9, 1), calls.custom_activation(square_root, square_root_derivative),
          "identity"), rows.numbers(), TEAM, loss=calls.custom_loss(quartic, quartic_derivative))
by_python("diverged skipped", ((2, 1), "relu", "identity"), rows.overflowing(), TEAM, workers=3,
          epochs=4, average_every=1, batch_size=0, shuffle=False, init="uniform(0, 0)",
          solver=("sgd", {"learning_rate": 1e-3, "momentum": 0.5}), on_divergence="skip")


def defaults(layout):
    options = {"epochs": 1, "workers": 2}
    return sha256(calls.train_weights(DIGITS, rows.digits(), options, layout.processes))


def resumed(layout):
    options = {**BASE, "solver_state": "keep", "averaging": ("slow-momentum", {}), "workers": 3}
    with tempfile.TemporaryDirectory() as folder:
        return sha256(calls.resumed_weights(
            DIGITS, rows.digits(), options, 2, folder, layout.processes
        ))


def paper(layout):
    options = {"workers": 3, "epochs": 10, "seed": 1}
    return sha256(calls.preset_weights("paper", rows.digits(), options, layout.processes))


def derivatives(layout):
    options = {
        **BASE, "solver": ("cg", {}), "batch_size": 0, "epochs": 6, "average_every": 3,
        "sampling": "resample", "fraction": 0.7, "dtype": "float64",
    }
    network = ((400, 8, 10), "logistic", "logistic")
    return sha256(calls.derivative_weights(network, rows.digits(), options, layout.processes))


RUNS |= {
    "python defaults": Run(defaults), "python resumed": Run(resumed, TEAM),
    "python paper": Run(paper, TEAM), "python derivatives": Run(derivatives, TEAM),
}
