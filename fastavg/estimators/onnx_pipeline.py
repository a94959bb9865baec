"""An estimator inside a Pipeline, exported with it by skl2onnx."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.estimators.classifier import MLPClassifier
from fastavg.estimators.regressor import MLPRegressor
from fastavg.models.onnx import OPSET, TEXT, build
from fastavg.networks.graph_builder import TENSOR_TYPES


def register_onnx() -> None:
    """Teach skl2onnx both estimators; ``skl2onnx.to_onnx`` then takes pipelines with them.

    Raises
    ------
    ConfigError
        If the package skl2onnx is not installed.

    Examples
    --------
    >>> from skl2onnx.helpers.onnx_helper import change_onnx_domain
    >>> register_onnx()
    """
    try:
        from skl2onnx import update_registered_converter
        from skl2onnx.common.shape_calculator import calculate_linear_classifier_output_shapes
    except ImportError:
        raise ConfigError(
            "the package skl2onnx is not installed; pip install 'fastavg[onnx]' brings it"
        ) from None
    update_registered_converter(
        MLPClassifier, "FastavgMLPClassifier",
        lambda operator: _classifier_shapes(operator, calculate_linear_classifier_output_shapes),
        _convert, options={"zipmap": [True, False, "columns"], "nocl": [True, False],
                           "output_class_labels": [False, True, "as_string"]},
    )
    update_registered_converter(
        MLPRegressor, "FastavgMLPRegressor", _regressor_shapes, _convert
    )


def _classifier_shapes(operator: Any, usual: Callable[[Any], None]) -> None:
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType, Int64TensorType

    usual(operator)
    fitted, rows = operator.raw_operator, operator.inputs[0].get_first_dimension()
    label, probabilities = operator.outputs
    if fitted.model_.classes is None:
        # Independent labels: a column for each, of labels as of probabilities.
        shape = [rows, fitted.n_outputs_]
        label.type, probabilities.type.shape = Int64TensorType(shape), shape
    double = _takes_double(operator) and not _is_zipped(operator)
    probabilities.type = (DoubleTensorType if double else FloatTensorType)(probabilities.type.shape)


def _regressor_shapes(operator: Any) -> None:
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    kind = DoubleTensorType if _takes_double(operator) else FloatTensorType
    rows = operator.inputs[0].get_first_dimension()
    operator.outputs[0].type = kind([rows, operator.raw_operator.n_outputs_])


def _takes_double(operator: Any) -> bool:
    from skl2onnx.common.data_types import DoubleTensorType

    return isinstance(operator.inputs[0].type, DoubleTensorType)


def _is_zipped(operator: Any) -> bool:
    """True if probabilities become dictionaries next, which ONNX has in float32 alone."""
    others = operator.scope_inst.operators.values()
    return any(
        other.type == "SklearnZipMap" and operator.outputs[1] in other.inputs for other in others
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType

    part = _Part(scope, container)
    # Whole numbers may have more digits than float32.
    inside = "f4" if isinstance(operator.inputs[0].type, FloatTensorType) else "f8"
    X = part.node("Cast", operator.inputs[0].full_name, to=TENSOR_TYPES[inside])
    results = build(operator.raw_operator.model_, part, X, inside)
    for (name, inner), output in zip(results.items(), operator.outputs, strict=True):
        told = "f8" if isinstance(output.type, DoubleTensorType) else "f4"
        if name != "label" and told != inside:
            inner = part.node("Cast", inner, to=TENSOR_TYPES[told])
        container.add_node("Identity", [inner], [output.full_name], op_version=1)


class _Part:
    """Nodes and constants among those of others."""

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        name = self._scope.get_unique_variable_name(kind.lower())
        version = min(OPSET, self._container.target_opset_any_domain(""))
        self._container.add_node(
            kind, list(inputs), [name], op_version=version,
            name=self._scope.get_unique_operator_name(kind), **attributes,
        )
        return str(name)

    def constant(self, value: NDArray[Any]) -> str:
        from onnx import helper

        name = self._scope.get_unique_variable_name("constant")
        text = value.dtype.kind == "O"
        kind = TEXT if text else int(helper.np_dtype_to_tensor_dtype(value.dtype))
        values = [str(each).encode() for each in value] if text else np.ravel(value).tolist()
        self._container.add_initializer(name, kind, list(value.shape), values)
        return str(name)
