"""To scikit-learn's own MLP and back, and into pipelines that skl2onnx exports."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.preprocessing import StandardScaler

from fastavg import (
    ConfigError,
    MLPClassifier,
    MLPRegressor,
    from_sklearn,
    to_sklearn,
)

X, Y = load_iris(return_X_y=True)
NAMES = np.array(["setosa", "versicolor", "virginica"])[Y]
TARGETS = {
    "three": Y, "two": Y == 0, "names": NAMES, "labels": np.stack([Y == 0, Y > 1], 1).astype(int),
}
QUICK = {"hidden_layer_sizes": (7,), "max_iter": 15, "random_state": 0,
         "learning_rate_init": 0.01}


@pytest.mark.parametrize("activation", ["identity", "logistic", "tanh", "relu"])
@pytest.mark.parametrize("target", TARGETS)
def test_classifiers_there_and_back(target, activation):
    ours = MLPClassifier(activation=activation, **QUICK).fit(X, TARGETS[target])
    theirs = pickle.loads(pickle.dumps(to_sklearn(ours)))
    assert isinstance(theirs, TheirClassifier)
    assert np.array_equal(theirs.predict(X), ours.predict(X))
    np.testing.assert_allclose(theirs.predict_proba(X), ours.predict_proba(X), atol=1e-5)
    back = from_sklearn(theirs)
    assert np.array_equal(back.predict(X), ours.predict(X))
    np.testing.assert_allclose(back.predict_proba(X), ours.predict_proba(X), atol=1e-6)


@pytest.mark.parametrize("target", TARGETS)
def test_their_fits_become_ours(target):
    theirs = TheirClassifier(**QUICK).fit(X, TARGETS[target])
    ours = from_sklearn(theirs)
    assert np.array_equal(ours.predict(X), theirs.predict(X))
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-6)
    assert ours.loss_curve_ == theirs.loss_curve_


@pytest.mark.parametrize("outputs", [1, 2])
def test_regressors_there_and_back(outputs):
    rows, y = load_diabetes(return_X_y=True)
    y = y / 100 if outputs == 1 else np.stack([y / 100, -y / 50], 1)
    ours = MLPRegressor(**QUICK).fit(rows, y)
    theirs = to_sklearn(ours)
    assert isinstance(theirs, TheirRegressor)
    np.testing.assert_allclose(theirs.predict(rows), ours.predict(rows), rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(from_sklearn(theirs).predict(rows), ours.predict(rows), rtol=1e-5)


def test_poisson_there_and_back():
    rows, y = load_diabetes(return_X_y=True)
    ours = MLPRegressor(loss="poisson", **QUICK).fit(rows, y / 100)
    theirs = to_sklearn(ours)
    assert (theirs.loss, theirs.out_activation_) == ("poisson", "exp")
    np.testing.assert_allclose(theirs.predict(rows), ours.predict(rows), rtol=1e-5)
    np.testing.assert_allclose(from_sklearn(theirs).predict(rows), ours.predict(rows), rtol=1e-5)


def test_training_goes_on_there():
    theirs = to_sklearn(MLPClassifier(**QUICK).fit(X, Y))
    before = theirs.coefs_[0].copy()
    theirs.partial_fit(X, Y)
    assert not np.array_equal(theirs.coefs_[0], before)


@pytest.mark.parametrize(("more", "said"), [
    ({"activation": "gelu"}, "gelu"), ({"loss": "hinge"}, "margin"),
    ({"hidden_layer_sizes": (4, 4), "activation": ["relu", "tanh"]}, "tanh"),
])
def test_what_scikit_learn_has_not_is_refused(more, said):
    model = MLPClassifier(**(QUICK | more)).fit(X, Y)
    with pytest.raises(ConfigError, match=said):
        to_sklearn(model)
    with pytest.raises(ConfigError, match="StandardScaler is no MLPClassifier"):
        from_sklearn(StandardScaler())
