"""To scikit-learn's own MLP and back, and into pipelines that skl2onnx exports."""

from __future__ import annotations

import pickle

import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx as pipeline_to_onnx
from sklearn.datasets import load_diabetes, load_iris
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import (
    ConfigError,
    MLPClassifier,
    MLPRegressor,
    from_sklearn,
    register_onnx,
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


def exported(pipeline, rows):
    options = {"zipmap": False} if hasattr(pipeline, "predict_proba") else None
    graph = pipeline_to_onnx(pipeline, rows[:1].astype("f4"), options=options, target_opset=17)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(None, {session.get_inputs()[0].name: rows.astype("f4")})


@pytest.mark.parametrize("target", ["three", "two", "names"])
def test_a_pipeline_of_classes_is_exported(target):
    register_onnx()
    y = TARGETS[target].astype(int) if target == "two" else TARGETS[target]
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK)).fit(X, y)
    labels, probabilities = exported(pipeline, X)
    assert np.array_equal(np.asarray(labels, y.dtype), pipeline.predict(X.astype("f4")))
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(X.astype("f4")), atol=1e-5)


def test_a_pipeline_of_numbers_is_exported():
    register_onnx()
    rows, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(**QUICK)).fit(rows, y / 100)
    (numbers,) = exported(pipeline, rows)
    np.testing.assert_allclose(numbers[:, 0], pipeline.predict(rows), rtol=1e-5, atol=1e-5)
