"""Pipelines with an estimator at their end, exported by skl2onnx."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest
from skl2onnx import to_onnx as pipeline_to_onnx
from sklearn.datasets import load_diabetes, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import MLPClassifier, MLPRegressor, register_onnx

X, Y = load_iris(return_X_y=True)
TARGETS = {"three": Y, "two": Y == 0, "names": np.array(["setosa", "versicolor", "virginica"])[Y]}
QUICK = {"hidden_layer_sizes": (7,), "max_iter": 15, "random_state": 0,
         "learning_rate_init": 0.01}


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


def test_independent_labels_have_a_column_each():
    register_onnx()
    labels = np.stack([Y == 0, Y > 1], 1).astype(int)
    pipeline = make_pipeline(StandardScaler(), MLPClassifier(**QUICK)).fit(X, labels)
    found, probabilities = exported(pipeline, X)
    assert np.array_equal(found, pipeline.predict(X.astype("f4")))
    np.testing.assert_allclose(probabilities, pipeline.predict_proba(X.astype("f4")), atol=1e-5)


def test_rows_of_float64_are_computed_in_float64():
    register_onnx()
    rows, y = load_diabetes(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), MLPRegressor(**QUICK)).fit(rows, y / 100)
    graph = pipeline_to_onnx(pipeline, rows[:1], target_opset=17)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    (numbers,) = session.run(None, {session.get_inputs()[0].name: rows})
    assert numbers.dtype == np.float64
    np.testing.assert_allclose(numbers[:, 0], pipeline.predict(rows), rtol=1e-12)
