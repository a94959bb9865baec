"""A model of a table as an ONNX graph: columns in, by name, as they are.

Numbers and dates are double inputs (n_rows, 1), NaN for missing ones, dates in days since
1970; categories and truth values are string inputs, empty for missing ones, ``true`` and
``false`` for truth values.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fastavg.data.preprocessing.contract import Graph
from fastavg.data.preprocessing.table_encoder import CATEGORIES, Feature
from fastavg.errors import ConfigError
from fastavg.models.onnx import IR_VERSION, OPSET, GraphParts, labels_of, network_layers
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.graph_builder import Numbers

ML_OPSET = 3


def tabular_to_onnx(model: TabularModel, path: str | Path | None = None) -> Any:
    """The graph of a model; see :func:`fastavg.to_onnx`.

    Raises
    ------
    ConfigError
        If the package onnx is not installed, or an activation is a user's own.
    """
    try:
        import onnx
        from onnx import TensorProto, helper
    except ImportError:
        raise ConfigError(
            "the package onnx is not installed; pip install 'fastavg[onnx]' brings it"
        ) from None
    graph = GraphParts()
    text = {feature.column for feature in model.encoder.features if feature.part in CATEGORIES}
    inputs = [
        helper.make_tensor_value_info(
            name, TensorProto.STRING if name in text else TensorProto.DOUBLE, ["rows", 1]
        )
        for name in model.encoder.columns
    ]
    encoded = [
        made for feature in model.encoder.features for made in _encoded(graph, feature)
    ]
    X = graph.node("Concat", *encoded, axis=1) if len(encoded) > 1 else encoded[0]
    X = graph.node("Cast", X, to=TensorProto.FLOAT)
    results = _answers(model, graph, X)
    outputs = []
    for name, inner in results.items():
        graph.nodes.append(helper.make_node("Identity", [inner], [name]))
        kind: Any = TensorProto.FLOAT
        shape: list[Any] = ["rows", model.network.layer_sizes[-1]]
        if name == "label":
            shape = ["rows"]
            assert model.classes is not None
            kind = {
                "O": TensorProto.STRING, "i": TensorProto.INT64, "f": TensorProto.DOUBLE,
            }[labels_of(model.classes).dtype.kind]
        outputs.append(helper.make_tensor_value_info(name, kind, shape))
    whole = helper.make_model(
        helper.make_graph(graph.nodes, "fastavg", inputs, outputs, graph.constants),
        opset_imports=[
            helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)
        ],
        ir_version=IR_VERSION, producer_name="fastavg",
    )
    onnx.checker.check_model(whole)
    if path is not None:
        onnx.save(whole, str(path))
    return whole


def _encoded(graph: GraphParts, feature: Feature) -> list[str]:
    if feature.part in CATEGORIES:
        values = _codes(graph, feature)
    else:
        values = _part(graph, feature.column, feature.part)
    made = []
    for transform in feature.transforms:
        wide = transform.onnx(graph, values)
        made.append(graph.node("Cast", wide, to=11))
    return made


def _codes(graph: GraphParts, feature: Feature) -> str:
    if feature.part == "known":
        # Whatever is there counts as the one level.
        return _looked_up(graph, feature.column, [""], [-1])
    levels = feature.levels
    return _looked_up(graph, feature.column, ["", *levels], [-1, *range(len(levels))])


def _looked_up(graph: GraphParts, column: str, keys: list[str], codes: list[int]) -> str:
    """The code of each text; one more than the last of them for any other text."""
    return graph.node(
        "LabelEncoder", column, domain="ai.onnx.ml", keys_strings=keys, values_int64s=codes,
        default_int64=codes[-1] + 1,
    )


def _part(graph: Graph, column: str, part: str) -> str:
    if part in ("number", "day"):
        return column
    whole = graph.node("Floor", column)
    if part == "hour":
        return graph.node(
            "Mul", graph.node("Sub", column, whole), graph.constant(np.array(24.0))
        )
    if part == "weekday":
        moved = graph.node("Add", whole, graph.constant(np.array(3.0)))
        week = graph.constant(np.array(7.0))
        weeks = graph.node("Floor", graph.node("Div", moved, week))
        return graph.node("Sub", moved, graph.node("Mul", weeks, week))
    return _year_day(graph, whole)


def _year_day(graph: Graph, day: str) -> str:
    """Days since the first of January, by the starts of all years from 1800 to 2199."""
    starts = np.array(
        [np.datetime64(f"{year}-01-01").astype(np.int64) for year in range(1800, 2200)], "f8"
    )
    later = graph.node("LessOrEqual", graph.constant(starts[None, :]), day)
    counted = graph.node(
        "ReduceSum", graph.node("Cast", later, to=7), graph.constant(np.array([1], np.int64)),
        keepdims=1,
    )
    at = graph.node("Max", graph.node("Sub", counted, graph.constant(np.array(1, np.int64))),
                    graph.constant(np.array(0, np.int64)))
    return graph.node("Sub", day, graph.node("Gather", graph.constant(starts), at))


def _answers(model: TabularModel, graph: GraphParts, X: str) -> dict[str, str]:
    parts, to = [], Numbers(graph, np.float32)
    for weights in model.members:
        z = network_layers(model.network, weights, to, X)
        parts.append(_answer(model, graph, z))
    mean = graph.node("Mean", *parts) if len(parts) > 1 else parts[0]
    if model.classes is None:
        return {"variable": mean}
    place = graph.node("ArgMax", mean, axis=1, keepdims=0)
    if model.threshold != 0.5 and len(model.classes) == 2:
        second = graph.node("Gather", mean, graph.constant(np.array([1], np.int64)), axis=1)
        second = graph.node("Reshape", second, graph.constant(np.array([-1], np.int64)))
        above = graph.node("Greater", second, to.constant(np.array(model.threshold)))
        place = graph.node("Cast", above, to=7)
    label = graph.node("Gather", graph.constant(labels_of(model.classes)), place)
    return {"label": label, "probabilities": mean}


def _answer(model: TabularModel, graph: GraphParts, z: str) -> str:
    """One member's probabilities, or its numbers."""
    if model.target_scaling is None:
        if model.temperature != 1:
            z = graph.node("Div", z, graph.constant(np.array(model.temperature, np.float32)))
        return graph.node("Softmax", z, axis=1)
    scaling = model.target_scaling
    wide = graph.node("Cast", z, to=11)
    moved = graph.node("Add", graph.node("Mul", wide, graph.constant(scaling.spread)),
                       graph.constant(scaling.mean))
    within = graph.node("Min", graph.node("Max", moved, graph.constant(scaling.low)),
                        graph.constant(scaling.high))
    return graph.node("Cast", within, to=1)
