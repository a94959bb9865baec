"""An estimator inside a Pipeline, exported with it by skl2onnx."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.estimators.classifier import MLPClassifier
from fastavg.estimators.regressor import MLPRegressor
from fastavg.models.onnx import OPSET, build


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
        from skl2onnx.common.shape_calculator import (
            calculate_linear_classifier_output_shapes,
            calculate_linear_regressor_output_shapes,
        )
    except ImportError:
        raise ConfigError(
            "the package skl2onnx is not installed; pip install 'fastavg[onnx]' brings it"
        ) from None
    update_registered_converter(
        MLPClassifier, "FastavgMLPClassifier", calculate_linear_classifier_output_shapes,
        _convert, options={"zipmap": [True, False, "columns"], "nocl": [True, False],
                           "output_class_labels": [False, True, "as_string"]},
    )
    update_registered_converter(
        MLPRegressor, "FastavgMLPRegressor", calculate_linear_regressor_output_shapes, _convert
    )


def _convert(scope: Any, operator: Any, container: Any) -> None:
    results = build(operator.raw_operator.model_, _Part(scope, container), _floats(
        scope, operator.inputs[0], container
    ))
    for (_, inner), output in zip(results.items(), operator.outputs, strict=True):
        container.add_node("Identity", [inner], [output.full_name], op_version=1)


def _floats(scope: Any, variable: Any, container: Any) -> str:
    name = scope.get_unique_variable_name("X")
    container.add_node("Cast", [variable.full_name], [name], op_version=13, to=1)
    return str(name)


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
        kind = 8 if value.dtype.kind == "O" else int(helper.np_dtype_to_tensor_dtype(value.dtype))
        values = [str(each).encode() for each in value] if kind == 8 else np.ravel(value).tolist()
        self._container.add_initializer(name, kind, list(value.shape), values)
        return str(name)
