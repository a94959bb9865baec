"""Models as C, compiled without a warning and compared with fastavg's own answers."""

from __future__ import annotations

from dataclasses import replace

import numba
import numpy as np
import pytest

from fastavg import ConfigError, CustomActivation, Model, Network, TabularClassifier, load_light
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.models.c_source import ACTIVATIONS, c_source, portable
from fastavg.networks.activation_table import ACTIVATIONS as KNOWN
from tests.cli.commands.models import numbers
from tests.models.compiled_c import answers, matrix_lines, table_lines

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(40, 3))
SCALING = Scaling(np.array([1e6, 0.0, -3.0]), np.array([1e-3, 2.0, 0.5]))


def model(sizes, output, classes=None, scaling=None, activation="tanh", dtype="f4"):
    network = Network(sizes, activation, output)
    weights = network.initial_weights(1, "he", dtype)
    weights += 0.1 * RANDOM.normal(size=weights.shape).astype(dtype)
    return Model(network, weights, classes, None, scaling)


def test_every_activation_has_a_form():
    assert ACTIVATIONS.keys() == KNOWN.keys()


def test_all_activations_one_after_the_other(tmp_path):
    names = [*(name for name in ACTIVATIONS if name != "identity"), "parametric_mish"]
    made = model((3, *[6] * len(names), 2), "identity", activation=tuple(names), dtype="f8")
    np.testing.assert_allclose(
        answers(made, matrix_lines(X), tmp_path), made.predict(X), rtol=0, atol=1e-6
    )


@pytest.mark.parametrize(("sizes", "output", "classes"), [
    ((3, 5, 4), "softmax", np.array(['a "b"', "c\\d", "é", "??/"])),
    ((3, 1), "logistic", np.arange(2)),
    ((3, 5, 3), "logistic", np.arange(3)), ((3, 5, 2), "logistic", None),
    ((3, 4, 1), "exponential", None), ((3, 5, 3), "margin", np.arange(3)),
])
def test_every_output(sizes, output, classes, tmp_path):
    made = model(sizes, output, classes)
    if output == "margin":
        expected = made.decision(X)
    else:
        expected = made.predict(X)[:, None] if output == "exponential" else made.predict_proba(X)
    found = answers(made, matrix_lines(X), tmp_path)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-6)


@pytest.mark.parametrize("turn", range(4))
def test_scaled_inputs(turn, tmp_path):
    made = model((3, 5, 2), "identity", None, SCALING)
    rows = X / SCALING.factor + SCALING.shift
    found = answers(made, matrix_lines(rows), tmp_path)
    np.testing.assert_allclose(found, made.predict(rows), rtol=0, atol=1e-6)
    np.testing.assert_allclose(portable(made).predict(rows), found, rtol=0, atol=1e-11)


def test_a_model_of_a_table(tmp_path):
    frame = numbers(80)
    made = TabularClassifier("fast", n_members=2, hidden_layer_sizes=(6,), processes=1)
    found = made.fit(frame.drop(columns="kind"), frame["kind"]).model_
    found.save(tmp_path / "m.safetensors")
    light = load_light(tmp_path / "m.safetensors").predict_proba(frame)
    compiled = answers(found, table_lines(found, frame), tmp_path)
    np.testing.assert_allclose(compiled, light, rtol=0, atol=1e-6)
    np.testing.assert_allclose(compiled, found.predict_proba(frame), rtol=0, atol=1e-6)


def test_the_threshold_of_two_classes_is_the_models():
    frame = numbers(80)
    made = TabularClassifier("fast", hidden_layer_sizes=(2,), processes=1)
    found = made.fit(frame.drop(columns="kind"), frame["kind"]).model_
    assert "best = 0" in c_source(found)
    assert "return out[1] > 0.125;" in c_source(replace(found, threshold=0.125))


def test_an_activation_of_ones_own_has_no_form():
    network = Network((3, 4, 2), CustomActivation(
        numba.njit(lambda z: z * z), numba.njit(lambda z: 2 * z)
    ), "identity")
    made = Model(network, network.initial_weights(0))
    with pytest.raises(ConfigError, match="a user's own, which has no form in C"):
        c_source(made)
