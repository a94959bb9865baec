"""Model files of every kind, for prediction with NumPy alone."""

from __future__ import annotations

from pathlib import Path

from fastavg.errors import DataError
from fastavg.models.numpy_model import NumpyModel, numpy_model_of
from fastavg.models.numpy_table import NumpyTable, numpy_table
from fastavg.models.tensor_file import read


def load_light(path: str | Path) -> NumpyModel | NumpyTable:
    """Read a model file without importing anything that compiles.

    Parameters
    ----------
    path : str or path
        What a model's or an estimator's ``save`` wrote.

    Returns
    -------
    NumpyModel, or NumpyTable for a model of a table

    Raises
    ------
    DataError
        If there is no such file, an activation in it is a user's own, or it holds a committee.
    FileDamaged
        If a single byte is not as it was written.
    """
    tensors, meaning = read(path)
    if meaning.get("kind") == "committee":
        raise DataError(
            f"{path} holds a committee of several networks, which fastavg.load reads; a single "
            "network, or a model of a table, can be read with NumPy alone"
        )
    made = numpy_table if meaning.get("kind") == "tabular" else numpy_model_of
    return made(tensors, meaning)
