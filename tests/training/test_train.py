"""Training from arrays: every target, the same bits, and what cannot be trained on."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import random_array

from fastavg import (
    SGD,
    Adam,
    BacktrackingSGD,
    ConfigError,
    ConjugateGradient,
    DataError,
    Diverged,
    Execution,
    Model,
    Network,
    Plan,
    Regularization,
    Shards,
    Stopping,
    train,
)
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from fastavg.solvers import LBFGS
from fastavg.training.observers.events import Finished, RoundFinished, Started


class Notes(list):
    """An observer that keeps everything."""

    def on_event(self, event):
        self.append(event)


def blobs(n=240, classes=3, seed=0):
    random = np.random.default_rng(seed)
    y = random.integers(0, classes, n)
    angle = 2 * np.pi * y / classes
    X = np.stack([np.cos(angle), np.sin(angle)], 1) + random.normal(0, 0.15, (n, 2))
    return X, y


PLAN = Plan(workers=3, epochs=15, average_every=0.5, batch_size=8, solver=SGD(0.1))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("units", "output", "classes"), [
    (3, "softmax", 3), (3, "logistic", 3), (1, "logistic", 2), (2, "softmax", 2),
])
def test_classes(units, output, classes, dtype):
    X, y = blobs(classes=classes)
    names = np.array(["red", "green", "blue"])[y]
    plan = Plan(workers=3, epochs=15, batch_size=8, solver=SGD(0.1), dtype=dtype)
    model = train(Network((2, 8, units), "tanh", output), X, names, plan)
    assert model.weights.dtype == dtype
    assert model.classes.tolist() == sorted(set(names))
    assert model.score(X, names) > 0.97


def test_labels_and_numbers():
    X, y = blobs()
    Y = np.stack([y > 0, y < 2], 1).astype(int)
    assert train(Network((2, 8, 2), output="logistic"), X, Y, PLAN).score(X, Y) > 0.95
    for targets in (X[:, 0] - 2 * X[:, 1], X @ [[1, 2], [3, 4]]):
        units = 1 if targets.ndim == 1 else 2
        network = Network((2, units), output="identity")
        assert train(network, X, targets, PLAN).score(X, targets) > 0.99


def test_processes_and_memory_layout_never_change_a_bit(nothing_left):
    X, y = blobs()
    network = Network((2, 8, 3))
    base = train(network, X, y, PLAN, execution=Execution(1)).weights
    for processes in (2, 3):
        again = train(network, X, y, PLAN, execution=Execution(processes))
        assert np.array_equal(again.weights, base)
    frozen = X.copy()
    frozen.flags.writeable = False
    for form in (np.asfortranarray(X), X.tolist(), frozen, np.repeat(X, 2, 0)[::2]):
        assert np.array_equal(train(network, form, y, PLAN, execution=Execution(1)).weights, base)


def test_a_weight_of_two_is_the_row_twice():
    X, y = blobs(40)
    network, plan = Network((2, 3)), Plan(
        epochs=5, batch_size=0, solver=SGD(0.1), regularization=Regularization(0),
        dtype="float64", sampling=Shards(shuffle=False),
    )
    weight = np.ones(40)
    weight[:10] = 2
    heavy = train(network, X, y, plan, sample_weight=weight)
    doubled = train(network, np.vstack([X, X[:10]]), np.append(y, y[:10]), plan)
    np.testing.assert_allclose(heavy.weights, doubled.weights, rtol=1e-10)


def test_a_model_is_where_training_starts():
    X, y = blobs()
    network, notes = Network((2, 3)), Notes()
    start = network.initial_weights(9)
    plan = Plan(epochs=1, batch_size=0, solver=SGD(1e-30, momentum=0))
    first = Model(network, start, np.unique(y))
    model = train(first, X, y, plan, execution=Execution(observers=[notes]))
    np.testing.assert_allclose(model.weights, start, atol=1e-20)
    assert [type(event) for event in notes] == [Started, RoundFinished, Finished]


def test_the_model_owns_its_weights():
    X, y = blobs()
    model = train(Network((2, 3)), X, y, PLAN, execution=Execution(2))
    assert model.weights.base is None
    assert model.weights.flags.writeable


def test_an_observer_can_end_training():
    class Enough:
        def on_event(self, event):
            return isinstance(event, RoundFinished) and event.round == 2

    notes = Notes()
    X, y = blobs()
    train(Network((2, 3)), X, y, PLAN, execution=Execution(observers=[Enough(), notes]))
    assert sum(isinstance(event, RoundFinished) for event in notes) == 3


def test_what_cannot_be_trained_on():
    X, y = blobs()
    network = Network((2, 3))
    for error, said, arguments, more in (
        (DataError, "nan in row 0, column 0", (np.full((240, 2), np.nan), y), {}),
        (DataError, "240 rows", (X, y[1:]), {}),
        (DataError, "takes 2", (X[:, :1], y), {}),
        (DataError, "sample_weight", (X, y), {"sample_weight": [1.0]}),
        (ConfigError, "241 workers cannot share 240", (X, y, Plan(workers=241)), {}),
        (
            ConfigError, "communicator 'radio'", (X, y),
            {"execution": Execution(communicator="radio")},
        ),
        (Diverged, "worker 0", (X * 1e18, y, Plan(solver=SGD(1e30))), {}),
    ):
        with pytest.raises(error, match=said):
            train(network, *arguments, **more)


def test_the_defaults_train():
    X, y = blobs()
    assert train(Network((2, 16, 3)), X, y).weights.dtype == np.float32


def test_adam_too():
    X, y = blobs()
    assert train(Network((2, 16, 3)), X, y, Plan(workers=2, solver=Adam(0.01))).score(X, y) > 0.9


THIN = random_array((120, 400), density=0.03, random_state=0, format="csr")
SIGNS = (THIN @ np.random.default_rng(0).normal(size=400) > 0).astype(int)


@pytest.mark.parametrize("solver", [
    SGD(0.1), Adam(1e-2), BacktrackingSGD(), ConjugateGradient(), LBFGS(),
], ids=lambda solver: type(solver).__name__)
def test_sparse_rows_are_trained_on_as_dense_ones(solver):
    plan = Plan(
        workers=2, epochs=3, solver=solver, dtype="float64",
        algorithm="lbfgs" if isinstance(solver, LBFGS) else "local-sgd",
        batch_size=8 if isinstance(solver, (SGD, Adam)) else 0,
    )
    network = Network((400, 6, 2), "tanh")
    sparse = train(network, THIN, SIGNS, plan, execution=Execution(1))
    dense = train(network, THIN.toarray(), SIGNS, plan, execution=Execution(1))
    np.testing.assert_allclose(sparse.weights, dense.weights, rtol=1e-6, atol=1e-7)
    start = network.initial_weights(plan.seed, plan.init, "float64")
    assert not np.allclose(sparse.weights, start, atol=1e-3)


@pytest.mark.parametrize("algorithm", ["local-sgd", "gradient-averaging", "lbfgs"])
def test_sparse_rows_have_the_same_bits_with_any_processes(algorithm, nothing_left):
    solver = LBFGS() if algorithm == "lbfgs" else Adam(1e-2)
    plan = Plan(
        workers=3, epochs=2, solver=solver, algorithm=algorithm, average_every=0.5,
        batch_size=0 if algorithm == "lbfgs" else 8,
    )
    network, found = Network((400, 6, 2)), []
    for processes in (1, 2, 3):
        model = train(network, THIN, SIGNS, plan, execution=Execution(processes))
        found.append(model.weights)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


def test_early_stopping_holds_out_sparse_rows():
    plan = Plan(workers=2, epochs=5, stopping=Stopping(early=True), solver=Adam(1e-2))
    model = train(Network((400, 6, 2)), THIN, SIGNS, plan)
    assert model.predict(THIN).shape == (120,)


def test_dropout_of_sparse_inputs_is_refused():
    plan = Plan(regularization=Regularization(input_dropout=0.2))
    with pytest.raises(ConfigError, match=r"input_dropout is .* and X is sparse"):
        train(Network((400, 2)), THIN, SIGNS, plan)


@pytest.mark.parametrize(("X", "augment", "words"), [
    (THIN, "noise", "augment deforms dense rows of images, and X is sparse; choose none"),
    (np.ones((120, 54)), "digits", "rows of 54 features are no square image of one or three"),
    (np.ones((120, 54)), {"name": "affine", "shape": (5, 5)}, "5 x 5, which is 25 numbers"),
])
def test_rows_that_are_no_images_are_not_deformed(X, augment, words):
    with pytest.raises(ConfigError, match=words):
        train(Network((X.shape[1], 2)), X, SIGNS, Plan(augment=augment))


@pytest.mark.skipif(
    not multiplies_bfloat16(), reason="the processor does not multiply bfloat16"
)
def test_the_layers_after_a_sparse_one_multiply_bfloat16():
    network, found = Network((400, 40, 30, 2)), {}
    for products in ("float32", "bfloat16"):
        plan = Plan(workers=2, epochs=3, solver=Adam(1e-2), products=products)
        found[products] = train(network, THIN, SIGNS, plan).loss(THIN, SIGNS)
    assert found["float32"] != found["bfloat16"]
    assert found["bfloat16"] == pytest.approx(found["float32"], abs=0.02)


@pytest.mark.parametrize(("options", "parts"), [
    ({"workers": 2, "average_every": "1 step"}, ["weights", "prediction", "blocks"]),
    ({"workers": 2, "average_every": 1, "period": "ramp"}, ["training", "prediction", "blocks"]),
    ({"workers": 1}, ["rounds"]),
])
def test_only_what_a_run_needs_is_compiled(options, parts, monkeypatch):
    X, y = np.random.default_rng(0).standard_normal((400, 3)), [0, 1] * 200
    wanted = []

    def prepare(dtype, names, *given):
        wanted.append(list(names))

    monkeypatch.setattr("fastavg.training.train.prepare_kernels", prepare)
    train(
        Network((3, 2)), X, y, Plan(epochs=2, batch_size=8, products="blas", **options),
        execution=Execution(1),
    )
    assert wanted[0] == parts
