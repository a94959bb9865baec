"""Model files of every kind, for prediction with NumPy alone."""

from __future__ import annotations

from pathlib import Path

from fastavg.models.numpy_committee import NumpyCommittee, numpy_committee_of
from fastavg.models.numpy_model import NumpyModel, numpy_model_of
from fastavg.models.numpy_table import NumpyTable, numpy_table
from fastavg.models.tensor_file import read


def load_light(path: str | Path) -> NumpyModel | NumpyCommittee | NumpyTable:
    """Read a model file without importing anything that compiles.

    Parameters
    ----------
    path : str or path
        What a model's or an estimator's ``save`` wrote.

    Returns
    -------
    NumpyModel, NumpyCommittee of several networks, or NumpyTable for a model of a table

    Raises
    ------
    DataError
        If there is no such file, or an activation in it is a user's own.
    FileDamaged
        If a single byte is not as it was written.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fastavg import Network, Plan, train
    >>> model = train(Network((2, 3, 2)), np.eye(2), [0, 1], Plan(epochs=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.safetensors")
    ...     light = load_light(f"{folder}/model.safetensors")
    >>> np.array_equal(light.predict(np.eye(2)), model.predict(np.eye(2)))
    True
    """
    tensors, meaning = read(path)
    kind = meaning.get("kind")
    if kind == "committee":
        return numpy_committee_of(tensors, meaning)
    return numpy_table(tensors, meaning) if kind == "tabular" else numpy_model_of(tensors, meaning)
