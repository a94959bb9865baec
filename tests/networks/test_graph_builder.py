"""Numbers of one dtype on the way into a graph."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.networks.graph_builder import TENSOR_TYPES, Numbers


class Recorder:
    """A graph builder that remembers what was added."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def node(self, kind, *inputs, **attributes):
        self.nodes.append((kind, inputs, attributes))
        return f"node{len(self.nodes)}"

    def constant(self, value):
        self.constants.append(value)
        return f"constant{len(self.constants)}"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_constants_have_the_graph_s_dtype_and_labels_their_own(dtype):
    graph = Recorder()
    to = Numbers(graph, dtype)
    assert to.double == (dtype == "float64")
    assert to.constant(0.1) == "constant1"
    assert to.labels(np.array([1, 2])) == "constant2"
    assert graph.constants[0].dtype == dtype
    assert graph.constants[1].dtype == np.int64


def test_operators_with_a_constant_and_casts():
    graph = Recorder()
    to = Numbers(graph, "float32")
    assert to.with_constant("Mul", "z", 2) == "node1"
    assert to.cast("node1", np.int64) == "node2"
    assert graph.nodes == [
        ("Mul", ("z", "constant1"), {}), ("Cast", ("node1",), {"to": TENSOR_TYPES["i8"]}),
    ]


def test_types_are_those_of_the_onnx_standard():
    onnx = pytest.importorskip("onnx")
    for code, number in TENSOR_TYPES.items():
        assert onnx.helper.tensor_dtype_to_np_dtype(number) == np.dtype(code)
