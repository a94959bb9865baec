"""Models of every kind as ONNX graphs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastavg.models.onnx import network_to_onnx
from fastavg.models.tabular_model import TabularModel
from fastavg.models.tabular_onnx import tabular_to_onnx


def to_onnx(
    model: Any, path: str | Path | None = None, *, dtype: str = "auto", inputs: str = "auto"
) -> Any:
    """A model as an ONNX graph that predicts what the model predicts.

    Parameters
    ----------
    model : Model, Committee, TabularModel or fitted estimator
        What is to be exported.
    path : str or path, optional
        Where to write it, too.
    dtype : str
        ``float32`` or ``float64``, of the features that the graph takes.  ``auto`` is float64
        for a column whose offset is so large beside its spread that float32 would lose the
        spread, else float32.  The network computes in float64 if its weights are float64
        and the features are too, else in float32.
    inputs : str
        ``matrix``: one input ``X``, (n_rows, n_features); ``columns``: one input for each
        column, (n_rows, 1), by the column's name, in any order.  ``auto`` is ``columns`` for
        a model that knows its columns' names.  An output whose name a column has already is
        called ``predicted label`` and so on.

    Returns
    -------
    onnx.ModelProto
        That of a model of a table has an input for each column, see
        :mod:`fastavg.models.tabular_onnx`; ``dtype`` and ``inputs`` change nothing there.

    Raises
    ------
    ConfigError
        If the package onnx is not installed, an activation is a user's own, or a parameter
        is unknown or does not go with the model.

    Examples
    --------
    >>> import numpy as np
    >>> from fastavg import Model, Network
    >>> graph = to_onnx(Model(Network((2, 2)), np.zeros(6, "f4"), np.array(["a", "b"])))
    >>> [each.name for each in graph.graph.output]
    ['label', 'probabilities']
    """
    made = getattr(model, "model_", model)
    if isinstance(made, TabularModel):
        return tabular_to_onnx(made, path)
    return network_to_onnx(made, path, dtype, inputs)
