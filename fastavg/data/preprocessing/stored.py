"""Fitted transforms as plain values that a model file can hold, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np

from fastavg.data.preprocessing.contract import Transform
from fastavg.data.preprocessing.indicator import MissingIndicator
from fastavg.data.preprocessing.one_hot import OneHot, Sign
from fastavg.data.preprocessing.piecewise_linear import PiecewiseLinear
from fastavg.data.preprocessing.quantile import Quantile
from fastavg.data.preprocessing.scaled import Scaled
from fastavg.data.preprocessing.table_encoder import Feature, TableEncoder

TRANSFORMS: dict[str, type[Any]] = {
    "scaled": Scaled, "missing-indicator": MissingIndicator, "quantile": Quantile,
    "piecewise-linear": PiecewiseLinear, "one-hot": OneHot, "sign": Sign,
}
NAMES = {made: name for name, made in TRANSFORMS.items()}


def encoder_as_dict(encoder: TableEncoder) -> dict[str, Any]:
    """Lists, numbers and text that stand for an encoder.

    Parameters
    ----------
    encoder : TableEncoder
        A fitted encoder.

    Returns
    -------
    dict
        What JSON can hold; :func:`encoder_from_dict` takes it back.
    """
    return {
        "features": [
            {
                "column": feature.column, "part": feature.part,
                "transforms": [_as_dict(transform) for transform in feature.transforms],
            }
            for feature in encoder.features
        ]
    }


def encoder_from_dict(stored: dict[str, Any]) -> TableEncoder:
    """The encoder that they stand for.

    Parameters
    ----------
    stored : dict
        What :func:`encoder_as_dict` gave.

    Returns
    -------
    TableEncoder
        The same encoder, to the bit.

    Raises
    ------
    KeyError, TypeError, ValueError
        If they stand for none.
    """
    return TableEncoder(tuple(
        Feature(
            str(feature["column"]), str(feature["part"]),
            tuple(_from_dict(transform) for transform in feature["transforms"]),
        )
        for feature in stored["features"]
    ))


def _as_dict(transform: Transform) -> dict[str, Any]:
    values: dict[str, Any] = {"name": NAMES[type(transform)]}
    for field in fields(transform):  # type: ignore[arg-type]
        value = getattr(transform, field.name)
        values[field.name] = value.tolist() if isinstance(value, np.ndarray) else (
            list(value) if isinstance(value, tuple) else value
        )
    return values


def _from_dict(stored: dict[str, Any]) -> Transform:
    made = TRANSFORMS[stored["name"]]
    values = {}
    for field in fields(made):
        value = stored[field.name]
        if field.name == "levels":
            value = tuple(str(level) for level in value)
        elif isinstance(value, list):
            value = np.array(value, np.int64 if field.name == "places" and made is OneHot else "f8")
        values[field.name] = value
    transform: Transform = made(**values)
    return transform
