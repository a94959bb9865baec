"""One exporter for models of every kind and for fitted estimators."""

from __future__ import annotations

import numpy as np
import onnx
import pytest

from fastavg import ConfigError, MLPClassifier, Model, Network
from fastavg.models.onnx import network_to_onnx
from fastavg.models.tabular_onnx import tabular_to_onnx
from fastavg.models.to_onnx import to_onnx

MODEL = Model(Network((2, 3, 2)), np.arange(17, dtype="f4"), np.array(["a", "b"]))


def test_a_network_has_the_graph_of_its_own_exporter(tmp_path):
    graph = to_onnx(MODEL, tmp_path / "m.onnx", dtype="float64")
    assert graph == network_to_onnx(MODEL, None, "float64", "auto")
    assert onnx.load(tmp_path / "m.onnx") == graph
    assert graph != to_onnx(MODEL, dtype="float32")
    with pytest.raises(ConfigError, match="int8"):
        to_onnx(MODEL, dtype="int8")


def test_an_estimator_has_the_graph_of_its_model():
    X = np.random.default_rng(0).normal(size=(40, 2))
    fitted = MLPClassifier((3,), preset="paper", max_iter=1, workers=1, random_state=0)
    fitted.fit(X, X[:, 0] > 0)
    assert to_onnx(fitted) == network_to_onnx(fitted.model_, None, "auto", "auto")


def test_a_table_has_an_input_for_each_column(fitted, tmp_path):
    graph = to_onnx(fitted[0], tmp_path / "m.onnx")
    assert graph == tabular_to_onnx(fitted[0].model_)
    assert onnx.load(tmp_path / "m.onnx") == graph
    assert [each.name for each in graph.graph.input] == list(fitted[0].model_.feature_names)
