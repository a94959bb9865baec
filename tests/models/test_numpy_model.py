"""Prediction with NumPy alone: the same numbers, and nothing that compiles is imported."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from fastavg import ConfigError, DataError, Model, Network, load_light
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.networks.activation_table import ACTIVATIONS

X = np.random.default_rng(0).normal(size=(29, 5)).astype("f4")
WORDS = np.array(["low", "middle", "top"])


def pair(path, network, classes=None, dtype="float32", **more):
    weights = network.initial_weights(3, "he", dtype)
    for *_, factors in network.parts(weights):
        factors[:] = np.arange(len(factors)) - 3
    model = Model(network, weights, classes, **more)
    model.save(path / "m.safetensors")
    return model, load_light(path / "m.safetensors")


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("activation", [*ACTIVATIONS, "parametric_mish", "parametric_relu"])
def test_every_activation(activation, dtype, tmp_path):
    full, light = pair(tmp_path, Network((5, 7, 6, 2), activation, "identity"), dtype=dtype)
    tight = 1e-5 if dtype == "float32" else 1e-12
    np.testing.assert_allclose(light.predict(X), full.predict(X), rtol=tight, atol=tight)


@pytest.mark.parametrize(("network", "classes"), [
    (Network((5, 4, 3)), WORDS), (Network((5, 1), output="logistic"), np.array([3, 7])),
    (Network((5, 3), output="logistic"), None), (Network((5, 3), output="logistic"), WORDS),
    (Network((5, 3), output="margin"), WORDS), (Network((5, 1), output="exponential"), None),
])
def test_every_output(network, classes, tmp_path):
    scaling = Scaling(np.arange(5.0), np.linspace(0.5, 2, 5))
    full, light = pair(tmp_path, network, classes, scaling=scaling)
    np.testing.assert_allclose(light.decision(X), full.decision(X), rtol=1e-5, atol=1e-5)
    if network.output == "exponential":
        np.testing.assert_allclose(light.predict(X), full.predict(X), rtol=1e-5)
    else:
        assert np.array_equal(light.predict(X), full.predict(X))
    if network.output in ("softmax", "logistic"):
        np.testing.assert_allclose(light.predict_proba(X), full.predict_proba(X), atol=1e-6)
    else:
        with pytest.raises(ConfigError, match="no probabilities"):
            light.predict_proba(X)


def test_only_numpy_and_safetensors_are_imported(tmp_path):
    pair(tmp_path, Network((5, 4, 3), "gelu"), WORDS)
    program = (
        "import sys; from fastavg import load_light; import numpy as np\n"
        f"model = load_light({str(tmp_path / 'm.safetensors')!r})\n"
        "assert len(model.predict(np.ones((2, 5)))) == 2\n"
        "print([name for name in ('numba', 'scipy', 'sklearn', 'llvmlite') if name in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert found.stdout == "[]\n"


def test_what_does_not_fit_is_refused(tmp_path):
    _, light = pair(tmp_path, Network((5, 4, 3)), WORDS)
    with pytest.raises(DataError, match=r"the network takes \(rows, 5\)"):
        light.predict(X[:, :4])
