"""Model files of every kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from fastavg.errors import ConfigError, DataError, FastavgError, FileDamaged
from fastavg.models.committee import Committee
from fastavg.models.model import Model, model_of
from fastavg.models.model_file import COMMITTEE, model_parts
from fastavg.models.tabular_file import FORMAT, KIND, tabular_parts
from fastavg.models.tabular_model import TabularModel
from fastavg.models.tensor_file import read
from fastavg.networks.custom import CustomActivation


def load(
    path: str | Path, custom: Sequence[CustomActivation] = ()
) -> Model | Committee | TabularModel:
    """Read a model that a model's or an estimator's ``save`` wrote.

    Parameters
    ----------
    path : str or path
        The ``.safetensors`` file.
    custom : sequence of CustomActivation, default ()
        The custom activations that the model was trained with; a file holds only their
        names, never code.

    Returns
    -------
    Model, Committee of several networks, or TabularModel for a model of a table
        It predicts what the saved model predicted.

    Raises
    ------
    DataError
        If there is no such file, it was written by a newer fastavg, or it names a custom
        activation that was not given.
    FileDamaged
        If a single byte is not as it was written.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from fastavg import Network
    >>> model = Model(Network((2, 2)), np.zeros(6, "f4"), np.array([0, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "model.safetensors"))
    ...     load(os.path.join(folder, "model.safetensors")).network.layer_sizes
    (2, 2)
    """
    tensors, meaning = read(path)
    if meaning.get("kind") == COMMITTEE:
        try:
            return Committee(*model_parts(tensors, meaning, path, custom))
        except ConfigError as error:
            raise FileDamaged(f"{path} holds no committee: {error}") from None
    if meaning.get("kind") != KIND:
        return model_of(tensors, meaning, path, custom)
    if meaning.get("format") != FORMAT:
        raise DataError(
            f"{path} has format {meaning.get('format')} of fastavg {meaning.get('fastavg')}; "
            f"this one reads format {FORMAT}"
        )
    try:
        return TabularModel(*tabular_parts(tensors, meaning))
    except (KeyError, TypeError, ValueError, ArithmeticError, FastavgError) as error:
        raise FileDamaged(f"{path} holds no model: {error}") from None
