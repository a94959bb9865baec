"""The columns of a file in the order in which a model knows them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg import DataError, Model
from fastavg.data.checks import as_table
from fastavg.data.table import Table


def features_of(model: Model, table: Table, path: Path | None) -> NDArray[Any]:
    """The model's features: by name where both have names, else by place.

    Parameters
    ----------
    model : Model
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
    X = as_table(table.X)
    if model.feature_names is None or table.feature_names is None:
        if X.shape[1] != model.network.layer_sizes[0]:
            raise DataError(
                f"{path} has {X.shape[1]} columns; the model takes {model.network.layer_sizes[0]}"
            )
        return X
    places = {name: at for at, name in enumerate(table.feature_names)}
    for name in model.feature_names:
        if name not in places:
            raise DataError(f"{path} has no column {name!r}, which the model was trained on")
    return np.ascontiguousarray(X[:, [places[name] for name in model.feature_names]])
