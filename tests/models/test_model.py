"""Prediction: against a second forward pass, in blocks, for every kind of target."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError, Model, Network
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.models.model import ROWS

KINDS = (
    ("softmax", 3, np.array(["a", "b", "c"])),
    ("logistic", 1, np.array([-1, 1])),
    ("logistic", 3, np.array([2, 4, 8])),
    ("logistic", 3, None),
    ("identity", 1, None),
    ("identity", 2, None),
)


def make(output, units, classes, dtype="float64", **more):
    network = Network((5, 7, units), "tanh", output)
    return Model(network, network.initial_weights(1, "uniform(-1, 1)", dtype), classes, **more)


def oracle(model, X):
    (W, b), (V, c) = model.network.views(model.weights)
    return np.tanh(X @ W + b) @ V + c


def rows(n, seed=0):
    return np.random.default_rng(seed).normal(0, 1, (n, 5))


@pytest.mark.parametrize("n", [1, ROWS - 1, ROWS, 2 * ROWS + 3])
@pytest.mark.parametrize(("output", "units", "classes"), KINDS)
def test_decision_is_the_last_layer(output, units, classes, n):
    model = make(output, units, classes)
    np.testing.assert_allclose(model.decision(rows(n)), oracle(model, rows(n)), rtol=1e-12)


def test_softmax_probabilities():
    model = make(*KINDS[0])
    z = np.exp(oracle(model, rows(9)))
    expected = z / z.sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict_proba(rows(9)), expected, rtol=1e-12)
    assert model.predict(rows(9)).tolist() == model.classes[expected.argmax(1)].tolist()


def test_one_logistic_unit_stands_for_two_classes():
    model = make(*KINDS[1])
    p = 1 / (1 + np.exp(-oracle(model, rows(40))[:, 0]))
    np.testing.assert_allclose(model.predict_proba(rows(40)), np.stack([1 - p, p], 1), rtol=1e-12)
    assert model.predict(rows(40)).tolist() == np.where(p > 0.5, 1, -1).tolist()


def test_one_against_the_rest():
    model = make(*KINDS[2])
    proba = model.predict_proba(rows(9))
    np.testing.assert_allclose(proba.sum(1), 1)
    assert model.predict(rows(9)).tolist() == model.classes[proba.argmax(1)].tolist()


def test_independent_labels():
    model = make(*KINDS[3])
    assert model.target == "labels"
    assert model.predict(rows(9)).tolist() == (oracle(model, rows(9)) > 0).astype(int).tolist()


def test_numbers_keep_their_shape():
    assert make(*KINDS[4]).predict(rows(9)).shape == (9,)
    assert make(*KINDS[5]).predict(rows(9)).shape == (9, 2)
    with pytest.raises(ConfigError, match="numbers"):
        make(*KINDS[4]).predict_proba(rows(9))


@pytest.mark.parametrize(
    "form", [np.asfortranarray, lambda X: np.repeat(X, 2, 0)[::2], np.ndarray.tolist],
    ids=["fortran", "strided", "list"],
)
def test_any_memory_layout(form):
    model = make(*KINDS[0])
    X = rows(30)
    np.testing.assert_array_equal(model.decision(form(X)), model.decision(X))


def test_rows_that_cannot_be_written_to():
    model, X = make(*KINDS[0]), rows(30)
    X.flags.writeable = False
    np.testing.assert_array_equal(model.decision(X), model.decision(X.copy()))


def test_prediction_leaves_the_rows_alone():
    X = rows(600)
    before = X.copy()
    make(*KINDS[0], scaling=Scaling(np.ones(5), np.full(5, 2.0))).predict(X)
    np.testing.assert_array_equal(X, before)


def test_scaling_is_applied_in_float64():
    # In float32 these rows are all the same.
    X = 1e9 + rows(20)
    scaling = Scaling(np.full(5, 1e9), np.ones(5))
    model = make(*KINDS[0], dtype="float32", scaling=scaling)
    expected = oracle(model, (X - 1e9).astype(np.float32))
    np.testing.assert_allclose(model.decision(X), expected, rtol=1e-3, atol=1e-4)


def test_score_of_classes_and_labels():
    model = make(*KINDS[0])
    y = model.predict(rows(100)).copy()
    y[:10] = np.where(y[:10] == "a", "b", "a")
    assert model.score(rows(100), y) == 0.9
    many = make(*KINDS[3])
    Y = many.predict(rows(100)).copy()
    Y[:5, 0] ^= 1
    assert many.score(rows(100), Y) == 0.95


def test_score_of_numbers_is_r_squared():
    from sklearn.metrics import r2_score

    for kind in KINDS[4:]:
        model = make(*kind)
        predicted = model.predict(rows(50))
        y = predicted + np.random.default_rng(1).normal(0, 0.3, predicted.shape)
        assert model.score(rows(50), y) == pytest.approx(r2_score(y, model.predict(rows(50))))
    constant = np.zeros(50)
    assert make(*KINDS[4]).score(rows(50), constant) == 0.0


def test_loss_is_the_mean_cross_entropy():
    from sklearn.metrics import log_loss

    for kind in KINDS[:2]:
        model = make(*kind)
        y = model.classes[np.random.default_rng(2).integers(0, len(model.classes), 50)]
        expected = log_loss(y, model.predict_proba(rows(50)), labels=model.classes)
        assert model.loss(rows(50), y) == pytest.approx(expected)
    model = make(*KINDS[5])
    Y = np.zeros((50, 2))
    expected = 0.5 * (model.predict(rows(50)) ** 2).sum(1).mean()
    assert model.loss(rows(50), Y) == pytest.approx(expected)
    with pytest.raises(DataError, match="not trained on"):
        make(*KINDS[0]).loss(rows(2), np.array(["a", "z"]))


def test_a_bad_row_is_named_beyond_the_first_block():
    X = rows(ROWS + 20)
    X[ROWS + 7, 3] = np.inf
    with pytest.raises(DataError, match=f"inf in row {ROWS + 7}, column 3"):
        make(*KINDS[0]).predict(X)


def test_wrong_width_and_wrong_parts():
    with pytest.raises(DataError, match="4 columns; the network takes 5"):
        make(*KINDS[0]).predict(np.zeros((3, 4)))
    with pytest.raises(ConfigError, match="2 classes were given; this network has 3"):
        make("softmax", 3, np.array(["a", "b"]))
    with pytest.raises(ConfigError, match="weight vector"):
        Model(Network((5, 3)), np.zeros(7), None)
    with pytest.raises(ConfigError, match="feature names"):
        make(*KINDS[0], feature_names=("x",))
