"""ONNX graphs predict what the model predicts."""

from __future__ import annotations

import numpy as np
import onnxruntime
import pytest

from fastavg import ConfigError, Model, Network, to_onnx
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.networks.activation_table import ACTIVATIONS

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(37, 5)).astype("f4")
WORDS = np.array(["low", "middle", "top"])


def run(graph, rows):
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    names = [each.name for each in session.get_outputs()]
    return dict(zip(names, session.run(None, {"X": np.asarray(rows, "f4")}), strict=True))


def model_of(network, classes=None, dtype="float32", **more):
    weights = network.initial_weights(3, "he", dtype)
    for *_, factors in network.parts(weights):
        factors[:] = np.arange(len(factors)) - 3
    return Model(network, weights, classes, **more)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "parametric_mish", "parametric_relu"])
def test_every_activation(activation, dtype):
    model = model_of(Network((5, 7, 6, 2), activation, "identity"), dtype=dtype)
    np.testing.assert_allclose(
        run(to_onnx(model), X)["variable"], model.predict(X), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("network", "classes"), [
    (Network((5, 4, 3)), WORDS), (Network((5, 4, 3)), np.array([3, 5, 9])),
    (Network((5, 1), output="logistic"), np.array(["no", "yes"])),
    (Network((5, 1), output="logistic"), np.array([False, True])),
    (Network((5, 1), output="logistic"), np.array([-1.0, 1.0])),
    (Network((5, 3)), np.array([0.5, 1.5, 2.0])),
    (Network((5, 3), output="logistic"), None), (Network((5, 3), output="logistic"), WORDS),
    (Network((5, 3), output="margin"), WORDS),
    (Network((5, 1), output="margin"), np.array([-1, 1])),
])
@pytest.mark.parametrize("n_rows", [1, 37])
def test_classes_and_labels(network, classes, n_rows):
    model, rows = model_of(network, classes), X[:n_rows]
    found = run(to_onnx(model), rows)
    assert np.array_equal(np.asarray(found["label"], str if classes is WORDS else None),
                          model.predict(rows))
    if network.output == "margin":
        np.testing.assert_allclose(found["scores"], model.decision(rows), atol=1e-5)
    else:
        np.testing.assert_allclose(found["probabilities"], model.predict_proba(rows), atol=1e-5)


def test_numbers_and_scaling(tmp_path):
    scaling = Scaling(np.arange(5.0), np.linspace(0.5, 2, 5))
    model = model_of(Network((5, 4, 1), output="exponential"), scaling=scaling)
    graph = to_onnx(model, tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_bytes() == graph.SerializeToString()
    np.testing.assert_allclose(run(graph, X)["variable"][:, 0], model.predict(X), rtol=1e-5)


def test_an_activation_that_onnx_has_not_is_refused():
    model = model_of(Network((2, 2, 2)))
    object.__setattr__(model.network, "activation", ("own",))
    with pytest.raises(ConfigError, match="'own' has no form in ONNX"):
        to_onnx(model)
