"""Pieces of exported files; the files as a whole are tested with the exports."""

from __future__ import annotations

import numpy as np

from fastavg.models.numpy_model import NumpyModel
from fastavg.models.script_text import arrays_of, numpy_layers, torch_network

MADE = NumpyModel(
    ((np.ones((3, 2)), np.zeros(2)), (np.ones((2, 1)), np.ones(1))), ("relu", "identity"),
    "exponential",
)


def test_layers_have_names():
    found = arrays_of(MADE, "w{}", "b{}", turned=True)
    assert {name: array.shape for name, array in found.items()} == {
        "w0": (2, 3), "b0": (2,), "w1": (1, 2), "b1": (1,),
    }


def test_lines_of_numpy():
    assert numpy_layers(MADE, False, "  ").splitlines() == [
        '  z = z @ arrays["w0"] + arrays["b0"]', "  z = np.maximum(z, 0)",
        '  z = z @ arrays["w1"] + arrays["b1"]',
    ]


def test_torchs_class_has_the_layers_and_the_output():
    text = torch_network(MADE)
    assert "sizes = [3, 2, 1]" in text
    assert "z = torch.relu(self.layers[0](z))" in text or "z = torch.relu(z)" in text
    assert "torch.exp(z)" in text
