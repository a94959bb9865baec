"""A finished model is trained further: on rows as it takes them, and on no others."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import ConfigError, Model, Network
from fastavg.data.prepare import Rows
from fastavg.data.preprocessing.scaling import fit_scaling
from fastavg.errors import DataError
from fastavg.runs.further import layers_of, load_start, rows_for

X = np.random.default_rng(0).normal(3, 2, (40, 2))
NETWORK = Network((2, 3, 2), "tanh")
MODEL = Model(
    NETWORK, NETWORK.initial_weights(0), np.array(["a", "b"]), ("u", "v"),
    fit_scaling("standard", X),
)


def rows(**change):
    y = np.array(["a", "b"] * 20)
    return replace(Rows(X, y, X, y, "class", None, ("u", "v")), **change)


def test_layers_are_the_models_own():
    assert layers_of(MODEL, {}, "m") == {"hidden": (3,), "activation": "tanh", "output": "softmax"}
    assert layers_of(MODEL, {"hidden": "3"}, "m")["hidden"] == (3,)
    with pytest.raises(ConfigError, match=r"hidden is '4', but the network of m has 3; leave it"):
        layers_of(MODEL, {"hidden": "4"}, "m")


def test_rows_are_scaled_as_for_the_model():
    found = rows_for(MODEL, rows(), "float64", "m")
    np.testing.assert_array_equal(found.X, MODEL.scaling.apply(X, "float64"))
    assert found.scaling is MODEL.scaling


@pytest.mark.parametrize(("change", "said"), [
    ({"X": X[:, :1]}, "the data have 1 columns, the model of m takes 2"),
    ({"feature_names": ("v", "u")}, r"the data have the columns v, u; m was trained on u, v"),
    ({"y": np.array(["a", "c"] * 20)}, "the classes are not those of m: b, c is in one"),
    ({"target": "number", "y": X[:, 0]}, "the target is a number; m predicts a class"),
])
def test_other_rows_are_refused(change, said):
    with pytest.raises(DataError, match=said):
        rows_for(MODEL, rows(**change), "float32", "m")


def test_networks_of_a_table_cannot_be_trained_further(tmp_path):
    MODEL.save(tmp_path / "m")
    assert load_start(tmp_path / "m").classes.tolist() == ["a", "b"]
    with pytest.raises(DataError):
        load_start(tmp_path / "missing")
