"""Models as ONNX graphs.

The graph is built by whoever can add a node and a constant: a plain graph here, a part
of a pipeline in skl2onnx (:mod:`fastavg.estimators.onnx_pipeline`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.committee import Committee
from fastavg.models.model import Model
from fastavg.networks.graph_builder import TENSOR_TYPES, GraphBuilder, Numbers
from fastavg.networks.network import Network
from fastavg.networks.parametric_activations import (
    activation_of,
    is_known,
    is_parametric,
    with_factors,
)

AnyNetwork = Model | Committee
# What onnxruntime and skl2onnx both have had for years.
OPSET, IR_VERSION = 17, 8
# The standard's number for text.
TEXT = 8
# Spreads that an offset may measure before float32 rounds a ten-thousandth of a spread away.
LARGEST_OFFSET = 1e-4 / float(np.finfo(np.float32).eps)


def build(
    model: AnyNetwork, to: GraphBuilder, X: str, dtype: DTypeLike = np.float32
) -> dict[str, str]:
    """Add a model to a graph.

    The outputs have the names that skl2onnx uses: ``label`` and ``probabilities`` for classes
    and labels (``scores`` where the output is a margin), ``variable`` for numbers.

    Parameters
    ----------
    model : Model or Committee
        The model.
    to : GraphBuilder
        The graph.
    X : str
        Name of the features in the graph, (n_rows, n_features) of ``dtype``.
    dtype : dtype, default float32
        float32 or float64, of every number in the graph.

    Returns
    -------
    dict of str to str
        Names of the results in the graph, by output.

    Raises
    ------
    ConfigError
        If an activation is a user's own.
    """
    return network_outputs(model, Numbers(to, dtype), scaled(model, Numbers(to, dtype), X))


def scaled(model: AnyNetwork, to: Numbers, X: str) -> str:
    """Add the scaling of the features.

    Parameters
    ----------
    model : Model or Committee
        The model.
    to : Numbers
        The graph.
    X : str
        Name of the features.

    Returns
    -------
    str
        Name of the scaled features.
    """
    if model.scaling is None:
        return X
    shifted = to.with_constant("Sub", X, model.scaling.shift)
    if model.scaling.axes is None:
        return to.with_constant("Mul", shifted, model.scaling.factor)
    return to.node("MatMul", shifted, to.constant(model.scaling.matrix))


def network_outputs(model: AnyNetwork, to: Numbers, z: str) -> dict[str, str]:
    """Add the network, or the networks of a committee and their mean; see :func:`build`.

    Parameters
    ----------
    model : Model or Committee
        The model.
    to : Numbers
        The graph.
    z : str
        Name of the scaled features.
    """
    output, units = model.network.output, model.network.layer_sizes[-1]
    if isinstance(model, Committee):
        each = _mean(to, [
            _behind(to, output, network_layers(one.network, one.weights, to, z))
            for one in model.models
        ])
        # What decides lies above a half, where networks' own values lie above 0.
        deciding = to.with_constant("Sub", each, 0.5) if output == "logistic" else each
    else:
        deciding = network_layers(model.network, model.weights, to, z)
        each = _behind(to, output, deciding)
    if model.target == "number":
        return {"variable": each}
    label = _label(to, model, deciding, units)
    if output == "margin":
        return {"label": label, "scores": each}
    return {"label": label, "probabilities": _probabilities(to, model, each, units)}


def network_layers(
    network: Network, weights: NDArray[np.floating], to: Numbers, z: str
) -> str:
    """Add the layers of a network; the name of the last one's values.

    Parameters
    ----------
    network : Network
        The network.
    weights : array (n_weights,)
        Its weights.
    to : Numbers
        The graph.
    z : str
        Name of the inputs.

    Raises
    ------
    ConfigError
        If an activation is a user's own.
    """
    for (matrix, biases, factors), name in zip(
        network.parts(weights), network.activations, strict=True
    ):
        if not isinstance(name, str) or not is_known(name):
            raise ConfigError(f"activation {name!r} has no form in ONNX; one of fastavg's own has")
        z = to.node("Gemm", z, to.constant(matrix), to.constant(biases))
        z = activation_of(with_factors(name, factors) if is_parametric(name) else name).onnx(to, z)
    return z


def _behind(to: Numbers, output: str, z: str) -> str:
    if output == "softmax":
        return to.node("Softmax", z, axis=1)
    if output == "logistic":
        return to.node("Sigmoid", z)
    return to.node("Exp", z) if output == "exponential" else z


def _mean(to: Numbers, each: list[str]) -> str:
    total = each[0]
    for other in each[1:]:
        total = to.node("Add", total, other)
    return to.with_constant("Div", total, len(each))


def _label(to: Numbers, model: AnyNetwork, z: str, units: int) -> str:
    positive = to.with_constant("Greater", z, 0)
    if model.classes is None:
        return to.cast(positive, np.int64)
    if units > 1:
        place = to.node("ArgMax", z, axis=1, keepdims=0)
    else:
        flat = to.node("Reshape", positive, to.labels(np.array([-1], np.int64)))
        place = to.cast(flat, np.int64)
    return to.node("Gather", to.labels(labels_of(model.classes)), place)


def labels_of(classes: NDArray[Any]) -> NDArray[Any]:
    """Classes in a type that ONNX has: int64, float64 or text.

    Parameters
    ----------
    classes : array (n_classes,)
        Numbers or text.

    Raises
    ------
    ConfigError
        If whole numbers go beyond int64.

    >>> labels_of(np.array([1.0, 2.0])), labels_of(np.array([False, True]))
    (array([1, 2]), array([0, 1]))
    """
    given = np.asarray(classes)
    if given.dtype.kind not in "biuf":
        return given.astype(object)
    if given.dtype.kind == "f" and not (given == np.round(given)).all():
        return given.astype(np.float64)
    # Labels such as 1.0 become whole, as in skl2onnx.
    whole = given.astype(np.int64)
    if not np.array_equal(whole, given) or (given > 0).sum() != (whole > 0).sum():
        raise ConfigError(
            f"the classes reach {given.max()}, which has no place in int64, ONNX's type of labels"
        )
    return whole


def _probabilities(to: Numbers, model: AnyNetwork, each: str, units: int) -> str:
    if model.network.output == "softmax" or model.classes is None:
        return each
    if units == 1:
        rest = to.node("Sub", to.constant(np.ones(1)), each)
        return to.node("Concat", rest, each, axis=1)
    # One classifier against the rest for each class.  A product with ones: sums take
    # their axes in another way before version 13 of the standard.
    return to.node("Div", each, to.with_constant("MatMul", each, np.ones((units, units))))


def network_to_onnx(
    made: AnyNetwork, path: str | Path | None, dtype: str, inputs: str
) -> Any:
    """The graph of a model of numbers; see :func:`fastavg.to_onnx`."""
    try:
        import onnx
        from onnx import helper
    except ImportError:
        raise ConfigError(
            "the package onnx is not installed; pip install 'fastavg[onnx]' brings it"
        ) from None
    taken = _feature_dtype(made, dtype)
    graph = GraphParts()
    entries = _inputs(made, graph, inputs, taken)
    to = Numbers(graph, taken)
    z = scaled(made, to, entries[1])
    if to.double and made.weights.dtype == np.float32:
        z, to = to.cast(z, np.float32), Numbers(graph, np.float32)
    taken_names = {entry.name for entry in entries[0]}
    results = {
        f"predicted {name}" if name in taken_names else name: inner
        for name, inner in network_outputs(made, to, z).items()
    }
    for name, inner in results.items():
        graph.nodes.append(helper.make_node("Identity", [inner], [name]))
    whole = helper.make_model(
        helper.make_graph(
            graph.nodes, "fastavg", entries[0], _outputs(made, results, to), graph.constants
        ),
        opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
        producer_name="fastavg",
    )
    onnx.checker.check_model(whole, full_check=True)
    if path is not None:
        write_atomically(path, whole.SerializeToString())
    return whole


def _feature_dtype(model: AnyNetwork, asked: str) -> np.dtype[Any]:
    if asked not in ("auto", "float32", "float64"):
        raise ConfigError(f"dtype {asked!r} is unknown; choose auto, float32, float64")
    if asked != "auto":
        return np.dtype(asked)
    models = model.models if isinstance(model, Committee) else (model,)
    last = [model.network.views(each.weights)[-1] for each in models]
    offsets = [0.0]
    if model.scaling is not None:
        offset = model.scaling.shift * model.scaling.factor
        offset = offset if model.scaling.axes is None else offset @ model.scaling.axes
        offsets.append(float(np.abs(offset).max()))
    if model.target == "number" and model.weights.dtype == np.float64:
        for matrix, biases in last:
            largest = float(np.abs(matrix).max())
            if largest and not 1e-30 < largest < 1e30:
                return np.dtype(np.float64)
            # Predictions that lie far from 0 beside their spread.
            offsets.append(float(np.abs(biases).max() / max(largest, 1e-300)))
    return np.dtype(np.float64 if max(offsets) > LARGEST_OFFSET else np.float32)


def _inputs(
    model: AnyNetwork, graph: GraphParts, asked: str, dtype: np.dtype[Any]
) -> tuple[list[Any], str]:
    """The graph's inputs, and the name of the matrix that they make."""
    from onnx import helper

    if asked not in ("auto", "matrix", "columns"):
        raise ConfigError(f"inputs {asked!r} is unknown; choose auto, matrix, columns")
    names = model.feature_names
    if asked == "columns" and names is None:
        raise ConfigError(
            "inputs is 'columns', and the model does not know its columns' names; "
            "'matrix' would do"
        )
    kind = TENSOR_TYPES[dtype.str[1:]]
    if asked == "matrix" or names is None:
        shape: list[Any] = ["rows", model.network.layer_sizes[0]]
        return [helper.make_tensor_value_info("X", kind, shape)], "X"
    entries = [helper.make_tensor_value_info(name, kind, ["rows", 1]) for name in names]
    return entries, graph.node("Concat", *names, axis=1)


def _outputs(model: AnyNetwork, results: dict[str, str], to: Numbers) -> list[Any]:
    from onnx import helper

    units: list[Any] = ["rows", model.network.layer_sizes[-1]]
    found = []
    for name in results:
        kind, shape = TENSOR_TYPES[to.dtype.str[1:]], units
        if name.endswith("label"):
            kind = TENSOR_TYPES["i8"]
            if model.classes is not None:
                labels, shape = labels_of(model.classes), ["rows"]
                kind = TEXT if labels.dtype.kind == "O" else TENSOR_TYPES[labels.dtype.str[1:]]
        elif name.endswith("probabilities") and model.classes is not None:
            shape = ["rows", len(model.classes)]
        found.append(helper.make_tensor_value_info(name, kind, shape))
    return found


class GraphParts:
    """Nodes and constants of a graph of its own; a :class:`Builder`."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """Add a node; the name of what it gives.

        Parameters
        ----------
        kind : str
            The standard's name of the operator.
        *inputs : str
            Names of what goes in.
        **attributes
            Of the operator.
        """
        from onnx import helper

        # Inputs may be called anything; two colons keep names of our own apart from theirs.
        name = f"fastavg::{kind.lower()}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **attributes))
        return name

    def constant(self, value: NDArray[Any]) -> str:
        """Add a constant; its name.

        Parameters
        ----------
        value : array
            Of any shape and of a type that ONNX has.
        """
        from onnx import numpy_helper

        name = f"fastavg::constant_{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name
