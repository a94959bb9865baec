"""Models as ONNX graphs.

The graph is built by whoever can add a node and a constant: a plain graph here, a part
of a pipeline in skl2onnx (:mod:`fastavg.estimators.onnx_pipeline`).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.models.model import Model

# What onnxruntime and skl2onnx both have had for years.
OPSET, IR_VERSION = 17, 8


class Builder(Protocol):
    """Somebody who adds to a graph."""

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; the name of what it gives."""
        ...

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant; its name."""
        ...


def _scaled(to: Builder, z: str, factor: float) -> str:
    return to.node("Mul", z, to.constant(np.array(factor, np.float32)))


def _gelu(to: Builder, z: str) -> str:
    error = to.node("Erf", _scaled(to, z, math.sqrt(0.5)))
    above = to.node("Add", error, to.constant(np.array(1, np.float32)))
    return to.node("Mul", z, _scaled(to, above, 0.5))


ACTIVATIONS: dict[str, Callable[[Builder, str], str]] = {
    "identity": lambda to, z: z,
    "logistic": lambda to, z: to.node("Sigmoid", z),
    "tanh": lambda to, z: to.node("Tanh", z),
    "relu": lambda to, z: to.node("Relu", z),
    "leaky_relu": lambda to, z: to.node("LeakyRelu", z, alpha=0.01),
    "elu": lambda to, z: to.node("Elu", z, alpha=1.0),
    "gelu": _gelu,
    "silu": lambda to, z: to.node("Mul", z, to.node("Sigmoid", z)),
    "softplus": lambda to, z: to.node("Softplus", z),
    "lecun_tanh": lambda to, z: _scaled(to, to.node("Tanh", _scaled(to, z, 2 / 3)), 1.7159),
}


def build(model: Model, to: Builder, X: str) -> dict[str, str]:
    """Add a model to a graph; what it gives, by name.

    ``label`` and ``probabilities`` for classes and labels (``scores`` where the output is
    a margin), ``variable`` for numbers: the names that skl2onnx uses.

    Raises
    ------
    ConfigError
        If an activation is a user's own.
    """
    z = X
    if model.scaling is not None:
        shifted = to.node("Sub", z, to.constant(model.scaling.shift.astype(np.float32)))
        z = to.node("Mul", shifted, to.constant(model.scaling.factor.astype(np.float32)))
    layers = model.network.views(model.weights)
    for (matrix, biases), name in zip(layers, model.network.activations, strict=True):
        if not isinstance(name, str) or name not in ACTIVATIONS:
            raise ConfigError(f"activation {name!r} has no form in ONNX; one of fastavg's own has")
        z = to.node(
            "Gemm", z, to.constant(matrix.astype(np.float32)),
            to.constant(biases.astype(np.float32)),
        )
        z = ACTIVATIONS[name](to, z)
    output = model.network.output
    if model.target == "number":
        return {"variable": to.node("Exp", z) if output == "exponential" else z}
    units = model.network.layer_sizes[-1]
    label = _label(to, model, z, units)
    if output == "margin":
        return {"label": label, "scores": z}
    return {"label": label, "probabilities": _probabilities(to, model, z, units)}


def _label(to: Builder, model: Model, z: str, units: int) -> str:
    positive = to.node("Greater", z, to.constant(np.array(0, np.float32)))
    if model.classes is None:
        return to.node("Cast", positive, to=7)
    classes = np.asarray(model.classes)
    known = classes.astype(object)
    if classes.dtype.kind in "biuf":
        # Labels such as 1.0 stay numbers; skl2onnx makes them whole as well.
        known = classes.astype(np.int64 if _whole(classes) else np.float64)
    if units > 1:
        place = to.node("ArgMax", z, axis=1, keepdims=0)
    else:
        flat = to.node("Reshape", positive, to.constant(np.array([-1], np.int64)))
        place = to.node("Cast", flat, to=7)
    return to.node("Gather", to.constant(known), place)


def _whole(classes: NDArray[Any]) -> bool:
    return classes.dtype.kind in "biu" or bool((classes == np.round(classes)).all())


def _probabilities(to: Builder, model: Model, z: str, units: int) -> str:
    if model.network.output == "softmax":
        return to.node("Softmax", z, axis=1)
    each = to.node("Sigmoid", z)
    if model.classes is None:
        return each
    if units == 1:
        rest = to.node("Sub", to.constant(np.array(1, np.float32)), each)
        return to.node("Concat", rest, each, axis=1)
    # One classifier against the rest for each class.
    total = to.node("ReduceSum", each, to.constant(np.array([1], np.int64)), keepdims=1)
    return to.node("Div", each, total)


def to_onnx(model: Any, path: str | Path | None = None) -> Any:
    """A model as an ONNX graph that predicts what the model predicts.

    Parameters
    ----------
    model : Model, or a fitted estimator
    path : str or path, optional
        Where to write it, too.

    Returns
    -------
    onnx.ModelProto
        Its input ``X`` is (n_rows, n_features) of float32.

    Raises
    ------
    ConfigError
        If the package onnx is not installed, or an activation is a user's own.

    Examples
    --------
    >>> from fastavg import Network
    >>> graph = to_onnx(Model(Network((2, 2)), np.zeros(6, "f4"), np.array(["a", "b"])))
    >>> [each.name for each in graph.graph.output]
    ['label', 'probabilities']
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise ConfigError(
            "the package onnx is not installed; pip install 'fastavg[onnx]' brings it"
        ) from None
    made: Model = getattr(model, "model_", model)
    graph = _Graph()
    results = build(made, graph, "X")
    for name, inner in results.items():
        graph.nodes.append(helper.make_node("Identity", [inner], [name]))
    kinds = {"label": TensorProto.INT64}
    if made.classes is not None and np.asarray(made.classes).dtype.kind not in "biuf":
        kinds["label"] = TensorProto.STRING
    elif made.classes is not None and not _whole(np.asarray(made.classes)):
        kinds["label"] = TensorProto.DOUBLE
    shape: list[Any] = ["rows", made.network.layer_sizes[0]]
    units: list[Any] = ["rows", made.network.layer_sizes[-1]]
    shapes = {"probabilities": ["rows", None], "label": units if made.classes is None else ["rows"]}
    outputs = [
        helper.make_tensor_value_info(
            name, kinds.get(name, TensorProto.FLOAT), shapes.get(name, units)
        )
        for name in results
    ]
    whole = helper.make_model(
        helper.make_graph(
            graph.nodes, "fastavg", [helper.make_tensor_value_info("X", TensorProto.FLOAT, shape)],
            outputs, graph.constants,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="fastavg",
    )
    onnx.checker.check_model(whole)
    if path is not None:
        onnx.save(whole, str(path))
    return whole


class _Graph:
    """Nodes and constants of a graph of its own."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        from onnx import helper

        name = f"{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
