"""Graphs of tables' models: raw columns in, by name, the model's answers out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import fastavg
from fastavg import ConfigError
from fastavg.models.tabular_onnx import tabular_to_onnx
from tests.models.tables import table


def test_onnx_says_the_same(fitted, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    made, _ = fitted
    fastavg.to_onnx(made, tmp_path / "m.onnx")
    session = runtime.InferenceSession(tmp_path / "m.onnx", providers=["CPUExecutionProvider"])
    X = table(300, seed=3)
    X.loc[5, "town"] = "Nowhere"
    fed = {}
    for each in session.get_inputs():
        column = X[each.name]
        if each.type == "tensor(string)":
            texts = column.map({True: "true", False: "false"}) if column.dtype == bool else column
            values = texts.fillna("").astype(object).to_numpy()
        elif each.name == "when":
            values = column.to_numpy().astype("datetime64[s]").astype(float) / 86400
        else:
            values = column.to_numpy(float)
        fed[each.name] = values[:, None]
    found = dict(zip([out.name for out in session.get_outputs()], session.run(None, fed)))
    if made.model_.classes is None:
        np.testing.assert_allclose(found["variable"][:, 0], made.predict(X), atol=1e-5)
    else:
        np.testing.assert_allclose(found["probabilities"], made.predict_proba(X), atol=1e-5)
        assert (found["label"] == made.predict(X)).mean() > 0.99


def test_inputs_are_the_columns_and_outputs_the_answers(fitted):
    model = fitted[0].model_
    graph = tabular_to_onnx(model).graph
    kinds = {each.name: each.type.tensor_type.elem_type for each in graph.input}
    double, text = 11, 8
    assert {kinds[name] for name in ("age", "when", "whole")} == {double}
    assert {kinds[name] for name in ("town", "word", "paid")} == {text}
    named = ["variable"] if model.classes is None else ["label", "probabilities"]
    assert [each.name for each in graph.output] == named


def test_an_activation_that_onnx_has_not_is_refused(fitted):
    model = fitted[0].model_
    network = replace(model.network)
    object.__setattr__(network, "activation", ("own",) * (len(network.layer_sizes) - 2))
    with pytest.raises(ConfigError, match="'own' has no form in ONNX"):
        tabular_to_onnx(replace(
            model, network=network, members=model.members[:, : network.n_weights]
        ))
