"""Every export, with every kind of features, outputs and labels, gives the model's own answers."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from skl2onnx import to_onnx as pipeline_to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from fastavg import (
    ConfigError,
    MLPClassifier,
    MLPRegressor,
    Model,
    Network,
    from_sklearn,
    load,
    load_light,
    register_onnx,
    to_onnx,
    to_sklearn,
)
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.networks.network import ACTIVATIONS

X, Y = load_iris(return_X_y=True)
D, T = load_diabetes(return_X_y=True)
TARGETS: dict[str, Any] = {
    "whole": Y, "text": np.array(["setosa", "versicolor", "virginica"])[Y],
    "two": (Y > 0).astype(int), "yes or no": Y > 0, "float": Y + 1.0, "negative": Y - 1,
    "labels": np.stack([Y == 0, Y > 1], 1).astype(int),
    "objects": np.array(["a", "b", "c"], object)[Y],
}
QUICK = {"hidden_layer_sizes": (8,), "max_iter": 30, "learning_rate_init": 0.02,
         "random_state": 0}
# What a session says about a graph whose shapes are not quite what it declares.
STRICT = onnxruntime.SessionOptions()
STRICT.log_severity_level = 3
STRICT.add_session_config_entry("session.strict_shape_type_inference", "1")


def run(graph, feeds) -> list[Any]:
    """All outputs of a graph, whose declared shapes are those of its nodes."""
    onnx.checker.check_model(graph, full_check=True)
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), STRICT, providers=["CPUExecutionProvider"]
    )
    if not isinstance(feeds, dict):
        feeds = {session.get_inputs()[0].name: feeds}
    found = session.run(None, feeds)
    for output, value in zip(session.get_outputs(), found, strict=True):
        if isinstance(value, np.ndarray):
            declared = [size if isinstance(size, int) else None for size in output.shape]
            assert len(declared) == value.ndim, (output.name, declared, value.shape)
            for size, real in zip(declared, value.shape, strict=True):
                assert size in (None, real), (output.name, declared, value.shape)
    return list(found)


def fitted(estimator, rows, y):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return estimator.fit(rows, y)


@functools.cache
def classifier(target, dtype="float64", scaled=False, **more):
    """A classifier of this target, fitted once for all tests."""
    model = MLPClassifier(**QUICK, **more)
    model = make_pipeline(StandardScaler(), model) if scaled else model
    return fitted(model, (10 * X).astype(dtype), TARGETS[target])


def same_labels(found, expected) -> None:
    expected = np.asarray(expected)
    if expected.dtype.kind in "bf":
        expected = expected.astype(np.int64)
    np.testing.assert_array_equal(np.asarray(found, expected.dtype), expected)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("scaled", [False, True], ids=["bare", "pipeline"])
def test_a_classifier_in_skl2onnx(target, dtype, scaled):
    register_onnx()
    rows = (10 * X).astype(dtype)
    model = classifier(target, dtype, scaled)
    labels, probabilities = run(
        pipeline_to_onnx(model, rows[:1], options={"zipmap": False}, target_opset=17), rows
    )
    same_labels(labels, model.predict(rows))
    tight = 1e-12 if dtype == "float64" else 1e-5
    np.testing.assert_allclose(probabilities, model.predict_proba(rows), atol=tight)
    assert probabilities.dtype == np.dtype("f8" if dtype == "float64" else "f4")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_probabilities_as_dictionaries(dtype):
    register_onnx()
    model = classifier("text", scaled=True)
    rows = (10 * X).astype(dtype)
    labels, tables = run(pipeline_to_onnx(model, rows[:1], target_opset=17), rows)
    same_labels(labels, model.predict(rows))
    found = pd.DataFrame(tables)[list(model.classes_)]
    np.testing.assert_allclose(found, model.predict_proba(rows), atol=1e-5)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("loss", ["squared_error", "poisson"])
def test_a_regressor_in_skl2onnx(outputs, dtype, loss):
    register_onnx()
    rows = (1000 * D).astype(dtype)
    y = T / 100 if outputs == 1 else np.c_[T / 100, T / 50]
    regressor = MLPRegressor(loss=loss, **QUICK)
    model = fitted(make_pipeline(StandardScaler(), regressor), rows, y)
    (found,) = run(pipeline_to_onnx(model, rows[:1], target_opset=17), rows)
    assert found.shape == (len(rows), outputs)
    assert found.dtype == np.dtype("f8" if dtype == "float64" else "f4")
    expected = model.predict(rows).reshape(len(rows), outputs)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("opset", [9, 11, 12, 13, 15, 17, 18, 21])
@pytest.mark.parametrize("activation", ["relu", "leaky_relu", "elu", "softplus", "gelu"])
def test_every_version_of_the_standard(opset, activation):
    register_onnx()
    model = classifier("whole", activation=activation)
    for dtype, tight in (("f4", 1e-5), ("f8", 1e-6)):
        rows = (10 * X).astype(dtype)
        graph = pipeline_to_onnx(model, rows[:1], options={"zipmap": False}, target_opset=opset)
        np.testing.assert_allclose(run(graph, rows)[1], model.predict_proba(rows), atol=tight)


@pytest.mark.parametrize("kind", ["voting", "stacking", "calibrated", "one vs rest", "bagging"])
def test_inside_other_estimators(kind):
    register_onnx()
    model = MLPClassifier(**QUICK)
    several = [("a", model), ("b", LogisticRegression())]
    outer = {
        "voting": VotingClassifier(several, voting="soft", flatten_transform=False),
        "stacking": StackingClassifier(several, cv=2),
        "calibrated": CalibratedClassifierCV(model, cv=2),
        "one vs rest": OneVsRestClassifier(model),
        "bagging": BaggingClassifier(model, 2, random_state=0),
    }[kind]
    fitted(outer, X, Y)
    for dtype in ("f4", "f8"):
        rows = X.astype(dtype)
        graph = pipeline_to_onnx(outer, rows[:1], options={"zipmap": False}, target_opset=17)
        labels, probabilities = run(graph, rows)
        assert np.mean(labels == outer.predict(rows)) > 0.99
        np.testing.assert_allclose(probabilities, outer.predict_proba(rows), atol=1e-4)


def test_a_margin_in_skl2onnx():
    register_onnx()
    model = fitted(MLPClassifier(loss="hinge", **QUICK), X, Y)
    for dtype in ("f4", "f8"):
        rows = X.astype(dtype)
        graph = pipeline_to_onnx(model, rows[:1], options={"zipmap": False}, target_opset=17)
        same_labels(run(graph, rows)[0], model.predict(rows))


def model_of(network, classes=None, dtype="float32", **more):
    return Model(network, network.initial_weights(3, "he", dtype), classes, **more)


@pytest.mark.parametrize("weights", ["float32", "float64"])
@pytest.mark.parametrize("features", ["float32", "float64"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_graph_of_its_own_in_both_dtypes(activation, features, weights):
    model = model_of(Network((4, 7, 6, 2), activation, "identity"), dtype=weights)
    rows = X.astype(features)
    (found,) = run(to_onnx(model, dtype=features), rows)
    exact = features == weights == "float64"
    assert found.dtype == np.dtype("f8" if exact else "f4")
    tight = 1e-12 if exact and activation != "gelu" else 1e-5
    np.testing.assert_allclose(found, model.predict(rows), rtol=tight, atol=tight)


@pytest.mark.parametrize(("network", "classes"), [
    (Network((4, 5, 3)), np.array(["low", "middle", "top"])),
    (Network((4, 5, 3)), np.array([3, 5, 9], np.uint8)),
    (Network((4, 5, 3)), np.array([0.5, 1.5, 2.0])),
    (Network((4, 5, 3)), np.array([1.0, 2.0, 2.0**53])),
    (Network((4, 1), output="logistic"), np.array([False, True])),
    (Network((4, 3), output="logistic"), None),
    (Network((4, 3), output="logistic"), np.array([2**53, 2**53 + 1, 2**62])),
    (Network((4, 1), output="logistic"), None),
    (Network((4, 3), output="margin"), np.array([1, 2, 3])),
    (Network((4, 1), output="margin"), np.array(["no", "yes"])),
    (Network((4, 2), output="exponential"), None),
])
@pytest.mark.parametrize("n_rows", [1, 37])
def test_every_kind_of_output(network, classes, n_rows):
    model, rows = model_of(network, classes), X[:n_rows].astype("f4")
    graph = to_onnx(model)
    found = dict(zip([each.name for each in graph.graph.output], run(graph, rows), strict=True))
    if model.target == "number":
        numbers = model.predict(rows).reshape(n_rows, -1)
        np.testing.assert_allclose(found["variable"], numbers, rtol=1e-5)
        return
    expected = model.predict(rows)
    np.testing.assert_array_equal(np.asarray(found["label"], expected.dtype), expected)
    if network.output == "margin":
        np.testing.assert_allclose(found["scores"], model.decision(rows), atol=1e-5)
    else:
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(rows), atol=1e-5)


def test_labels_beyond_int64_are_refused():
    model = model_of(Network((4, 1), output="logistic"), np.array([0, 2**63], np.uint64))
    with pytest.raises(ConfigError, match="no place in int64"):
        to_onnx(model)


def test_columns_far_from_0_are_taken_in_float64():
    # Timestamps of a day: float32 would make all of them one number.
    scaling = Scaling(np.array([1.7e9, 0.0]), np.array([1e-4, 1.0]))
    model = model_of(Network((2, 8, 1), "tanh", "identity"), scaling=scaling)
    rows = np.c_[1.7e9 + np.arange(0, 86_400, 60.0), np.linspace(-1, 1, 1440)]
    graph = to_onnx(model)
    assert graph.graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.DOUBLE
    np.testing.assert_allclose(run(graph, rows)[0][:, 0], model.predict(rows), atol=1e-5)
    near = model_of(
        Network((2, 1), output="identity"), scaling=Scaling(np.ones(2), np.ones(2))
    )
    assert to_onnx(near).graph.input[0].type.tensor_type.elem_type == onnx.TensorProto.FLOAT


def test_columns_that_have_names_are_inputs_of_these_names():
    model = model_of(
        Network((4, 3)), np.array(["a", "b", "c"]), feature_names=("X", "label", "a b", "gemm_0"),
    )
    rows = X.astype("f4")
    columns = {name: rows[:, at : at + 1] for at, name in enumerate(model.feature_names or ())}
    turned = dict(reversed(columns.items()))
    graph = to_onnx(model)
    assert [each.name for each in graph.graph.output] == ["predicted label", "probabilities"]
    np.testing.assert_allclose(run(graph, turned)[1], model.predict_proba(rows), atol=1e-6)
    np.testing.assert_allclose(
        run(to_onnx(model, inputs="matrix"), rows)[1], model.predict_proba(rows), atol=1e-6
    )


@pytest.mark.parametrize(("more", "words"), [
    ({"dtype": "float16"}, "dtype 'float16' is unknown"),
    ({"inputs": "rows"}, "inputs 'rows' is unknown"),
    ({"inputs": "columns"}, "does not know its columns' names"),
])
def test_what_cannot_be_exported_is_refused(more, words):
    with pytest.raises(ConfigError, match=words):
        to_onnx(model_of(Network((4, 3))), **more)


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("target", [*TARGETS, "number", "numbers"])
def test_files_numpy_and_scikit_learn(target, dtype, tmp_path):
    rows = (10 * X).astype(dtype)
    numbers = {"number": X[:, 0] * 3, "numbers": X[:, :2] * 3}
    if target in numbers:
        model = fitted(MLPRegressor(**QUICK), rows, numbers[target])
    else:
        model = classifier(target, dtype)
    model.save(tmp_path / "m.safetensors")
    expected = model.predict(rows)
    made = [load(tmp_path / "m.safetensors"), load_light(tmp_path / "m.safetensors"),
            to_sklearn(model), from_sklearn(to_sklearn(model))]
    for other in made:
        found = other.predict(rows)
        if target in numbers:
            np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
            continue
        assert np.mean(np.asarray(found) == expected) > 0.99
        np.testing.assert_allclose(
            other.predict_proba(rows), model.predict_proba(rows), atol=1e-5
        )
