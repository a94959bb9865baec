"""The columns of a file in the order in which a model knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg import DataError, Model
from fastavg.data.checks import as_table
from fastavg.data.sparse_rows import is_sparse
from fastavg.data.table import Table
from fastavg.data.target_kind import labels_of_one_hot
from fastavg.models.committee import Committee


def _as_wide(X: Any, model: Model | Committee, path: Path | None) -> Any:
    """Sparse rows with the model's columns: a file ends with the last one that it has."""
    n_features = model.network.layer_sizes[0]
    if X.shape[1] > n_features:
        raise DataError(f"{path} has {X.shape[1]} columns; the model takes {n_features}")
    wide = X.tocsr(copy=True)
    wide.resize((X.shape[0], n_features))
    return wide


def features_of(model: Model | Committee, table: Table, path: Path | None) -> Any:
    """The model's features: by name where both have names, else by place.

    Parameters
    ----------
    model : Model or Committee
        Says which features it takes, and in which order.
    table : Table
        What a file holds.
    path : Path or None
        The file, for messages.

    Returns
    -------
    array (n_rows, n_features)
        C-contiguous where columns were put in another order; else the table's own X.

    Raises
    ------
    DataError
        If one is missing, or there are more or fewer columns than the model takes.
    """
    if is_sparse(table.X):
        return _as_wide(table.X, model, path)
    X = as_table(table.X)
    if model.feature_names is None or table.feature_names is None:
        if X.shape[1] != model.network.layer_sizes[0]:
            takes = f"the model takes {model.network.layer_sizes[0]}"
            if path is None:
                raise DataError(
                    f"no data file was named; the test digits have {X.shape[1]} columns, {takes}"
                )
            raise DataError(f"{path} has {X.shape[1]} columns; {takes}")
        return X
    places = {name: at for at, name in enumerate(table.feature_names)}
    for name in model.feature_names:
        if name not in places:
            raise DataError(f"{path} has no column {name!r}, which the model was trained on")
    return np.ascontiguousarray(X[:, [places[name] for name in model.feature_names]])


def truth_of(
    model: Model | Committee, y: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Targets as a model names its classes, and which rows hold a class that it knows.

    Parameters
    ----------
    model : Model or Committee
        A model of classes, or of numbers, of which every one is known.
    y : array (n_rows,) or (n_rows, n_outputs)
        Classes may stand as rows of 0 with a single 1.

    Raises
    ------
    DataError
        If y holds text and the classes are numbers, or the other way about.
    """
    classes = model.classes
    if model.target != "class" or classes is None:
        return y, np.ones(len(y), bool)
    labels = labels_of_one_hot(y)
    if labels is not None and y.shape[1] == len(classes):
        y = classes[labels]
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    text = classes.dtype.kind == "U"
    if (y.dtype.kind in "UO") != text:
        has, knows = ("numbers", "text") if text else ("text", "numbers")
        raise DataError(
            f"the target holds {has} such as {y[0]!r}, and the model's classes are {knows} such "
            f"as {classes.tolist()[0]!r}"
        )
    return y, np.isin(y, classes)
