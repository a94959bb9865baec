"""A finished model as the start of further training, on rows of the same kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.data.prepare import Rows, scaled_features
from fastavg.errors import ConfigError, DataError
from fastavg.models.any_model import load
from fastavg.models.committee import Committee
from fastavg.models.model import Model


def load_start(path: str | Path) -> Model:
    """The network of a model file.

    Parameters
    ----------
    path : str or path
        The file.

    Returns
    -------
    Model

    Raises
    ------
    ConfigError
        If it holds networks of a table, or a committee.
    """
    model = load(path)
    if not isinstance(model, Model):
        what = "a committee" if isinstance(model, Committee) else "networks for a table"
        raise ConfigError(
            f"{path} holds {what}; a plain network alone can be trained further"
        )
    return model


def layers_of(model: Model, given: dict[str, Any], path: str | Path) -> dict[str, Any]:
    """The network's options: those of the model, which others may repeat.

    Parameters
    ----------
    model : Model
        Where training starts.
    given : dict
        Options of the network that were asked for.
    path : str or path
        Its file, for messages.

    Returns
    -------
    dict
        ``hidden``, ``activation`` and ``output``.

    Raises
    ------
    ConfigError
        If other ones were asked for.
    """
    network = model.network
    own: dict[str, Any] = {
        "hidden": network.layer_sizes[1:-1], "activation": network.activation,
        "output": network.output,
    }
    for name, value in given.items():
        if name in own and str(value) not in _spelled(own[name]):
            raise ConfigError(
                f"{name} is {value!r}, but the network of {path} has {_spelled(own[name])[-1]}; "
                "leave it out"
            )
    return {**given, **own}


def rows_for(model: Model, rows: Rows, dtype: str, path: str | Path) -> Rows:
    """Rows that were not scaled, scaled as the model was trained on them.

    Parameters
    ----------
    model : Model
        Where training starts.
    rows : Rows
        Training and test rows, not scaled.
    dtype : str
        ``float32`` or ``float64``, of the features.
    path : str or path
        The model's file, for messages.

    Returns
    -------
    Rows
        With the model's scaling.

    Raises
    ------
    DataError
        If columns or classes are not the model's.
    """
    columns = rows.X.shape[1]
    if columns != model.network.layer_sizes[0]:
        raise DataError(
            f"the data have {columns} columns, the model of {path} takes "
            f"{model.network.layer_sizes[0]}"
        )
    names = rows.feature_names, model.feature_names
    if None not in names and names[0] != names[1]:
        raise DataError(
            f"the data have the columns {', '.join(names[0] or ())[:200]}; {path} was trained on "
            f"{', '.join(names[1] or ())[:200]}, in this order"
        )
    if (rows.target == "class") != (model.classes is not None):
        raise DataError(f"the target is a {rows.target}; {path} predicts a {model.target}")
    if model.classes is not None:
        classes = np.unique(rows.y)
        if list(map(str, classes)) != list(map(str, model.classes)):
            other = sorted(set(map(str, classes)) ^ set(map(str, model.classes)))
            raise DataError(
                f"the classes are not those of {path}: {', '.join(other)[:200]} "
                "is in one of them only"
            )
    scaled = scaled_features(rows.X, model.scaling, dtype)
    return replace(rows, X=scaled, scaling=model.scaling)


def _spelled(value: Any) -> list[str]:
    # As an option may give it: a tuple, or text with commas.
    if isinstance(value, tuple):
        return [str(value), str(list(value)), ",".join(map(str, value))]
    return [str(value)]
