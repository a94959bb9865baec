"""Committees everywhere: NumPy alone, ONNX, C and scripts predict the mean of the networks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import Committee, ConfigError, Network, load_light, to_onnx
from fastavg.data.preprocessing.scaling import fit_scaling
from fastavg.models.numpy_committee import NumpyCommittee
from fastavg.models.script_export import export_script
from tests.models.compiled_c import answers, matrix_lines
from tests.models.test_onnx import run
from tests.models.test_script_export import loaded

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3)).astype("f4")
WORDS = np.array(["low", "middle", "top"])
KINDS = [
    ((3, 5, 3), "softmax", WORDS), ((3, 1), "logistic", np.array(["no", "yes"])),
    ((3, 5, 3), "logistic", WORDS), ((3, 5, 2), "logistic", None),
    ((3, 4, 1), "exponential", None), ((3, 5, 2), "identity", None),
    ((3, 5, 3), "margin", WORDS),
]


def committee(sizes, output, classes, activation="tanh", scaling=None):
    network = Network(sizes, activation, output)
    members = np.stack([network.initial_weights(seed, "glorot-biases") for seed in range(3)])
    return Committee(network, 2 * members, classes, scaling=scaling)


def outputs_of(made):
    """What exports without labels give."""
    if made.network.output in ("softmax", "logistic"):
        return made.predict_proba(X)
    if made.network.output == "margin":
        return made.decision(X)
    return made.predict(X).reshape(len(X), -1)


@pytest.mark.parametrize("kind", KINDS)
def test_numpy_alone(kind, tmp_path):
    made = committee(*kind)
    made.save(tmp_path / "m.safetensors")
    light = load_light(tmp_path / "m.safetensors")
    assert isinstance(light, NumpyCommittee)
    found = light.predict(X)
    if made.target == "number":
        np.testing.assert_allclose(found, made.predict(X), rtol=1e-5, atol=1e-6)
    else:
        np.testing.assert_array_equal(found, made.predict(X))
    if kind[1] in ("softmax", "logistic"):
        np.testing.assert_allclose(light.predict_proba(X), made.predict_proba(X), atol=1e-6)
    else:
        np.testing.assert_allclose(
            light.mean(X), outputs_of(made), rtol=1e-5, atol=1e-6
        )
        with pytest.raises(ConfigError, match="it has no probabilities"):
            light.predict_proba(X)


@pytest.mark.parametrize("kind", KINDS)
def test_onnx(kind):
    made = committee(*kind)
    found = run(to_onnx(made), X)
    if made.target == "number":
        np.testing.assert_allclose(
            found["variable"], outputs_of(made), rtol=1e-5, atol=1e-5
        )
        return
    labels = np.asarray(found["label"], str if made.classes is not None else None)
    np.testing.assert_array_equal(labels, made.predict(X))
    name = "scores" if kind[1] == "margin" else "probabilities"
    np.testing.assert_allclose(found[name], outputs_of(made), atol=1e-5)


def test_onnx_with_axes():
    made = committee((3, 5, 3), "softmax", WORDS, scaling=fit_scaling("decorrelate", X))
    np.testing.assert_allclose(
        run(to_onnx(made), X)["probabilities"], made.predict_proba(X), atol=1e-5
    )


@pytest.mark.parametrize("kind", [KINDS[0], KINDS[1], KINDS[2], KINDS[4]])
def test_c(kind, tmp_path):
    made = committee(*kind)
    found = answers(made, matrix_lines(X.astype("f8")), tmp_path)
    np.testing.assert_allclose(found, outputs_of(made), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("output", ["softmax", "logistic", "exponential"])
def test_a_script_for_numpy(output, tmp_path):
    made = committee((3, 5, 2), output, None if output != "softmax" else np.arange(2))
    found = loaded(export_script(made, "numpy", tmp_path / "m.py")[0])(X)
    np.testing.assert_allclose(found, outputs_of(made), rtol=1e-5, atol=1e-6)


def test_libraries_with_one_network_refuse_it(tmp_path):
    made = committee(*KINDS[0])
    for to in ("torch", "sklearn"):
        with pytest.raises(ConfigError, match=f"a committee of 3 networks; {to} takes a single"):
            export_script(made, to, tmp_path / "m.py")
