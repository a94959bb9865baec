"""Model files: weights, scaling and their meaning in one :mod:`fastavg.models.tensor_file`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.data.preprocessing.scaling import Scaling
from fastavg.errors import DataError, FastavgError, FileDamaged
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.model import Model
from fastavg.models.tensor_file import Tensors, pack, read
from fastavg.networks.custom import CustomActivation
from fastavg.networks.network import Network
from fastavg.version import VERSION

FORMAT = 1


def save(model: Model, path: str | Path) -> None:
    """Write a model; an old file of that name is replaced in one step.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    meaning = {
        "format": FORMAT,
        "fastavg": VERSION,
        "network": model.network.as_dict(),
        "classes": None if model.classes is None else model.classes.tolist(),
        "feature_names": None if model.feature_names is None else list(model.feature_names),
    }
    tensors: Tensors = {"weights": model.weights}
    if model.scaling is not None:
        tensors |= {"scaling.shift": model.scaling.shift, "scaling.factor": model.scaling.factor}
    write_atomically(path, pack(tensors, meaning))


def load(path: str | Path, custom: Sequence[CustomActivation] = ()) -> Model:
    """Read a model that :meth:`fastavg.Model.save` wrote.

    Parameters
    ----------
    path : str or path
    custom : sequence of CustomActivation
        The activations of your own that the model was trained with; a file has only their
        names, never code.

    Raises
    ------
    DataError
        If there is no such file, or it is a newer fastavg's, or it names an activation that
        was not given.
    FileDamaged
        If a single byte is not as it was written.

    Examples
    --------
    >>> import os, tempfile
    >>> model = Model(Network((2, 2)), np.zeros(6, "f4"), np.array([0, 1]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(os.path.join(folder, "model.safetensors"))
    ...     load(os.path.join(folder, "model.safetensors")).network.layer_sizes
    (2, 2)
    """
    tensors, meaning = read(path)
    if meaning.get("format") != FORMAT:
        raise DataError(
            f"{path} has format {meaning.get('format')} of fastavg {meaning.get('fastavg')}; "
            f"this one reads format {FORMAT}"
        )
    try:
        classes, names = meaning["classes"], meaning["feature_names"]
        classes = None if classes is None else np.asarray(classes)
        if classes is not None and (classes.ndim != 1 or classes.dtype.kind not in "biufU"):
            raise ValueError("its classes are no list of labels")
        if tensors["weights"].dtype.kind != "f":
            raise ValueError("its weights are no floating-point numbers")
        scaling = None
        if "scaling.shift" in tensors:
            scaling = Scaling(tensors["scaling.shift"], tensors["scaling.factor"])
        return Model(
            network=Network(**{
                **meaning["network"], "activation": _activations(meaning, custom, path),
            }),
            weights=tensors["weights"],
            classes=classes,
            feature_names=None if names is None else tuple(str(name) for name in names),
            scaling=scaling,
        )
    except DataError:
        raise
    except (KeyError, TypeError, ValueError, ArithmeticError, FastavgError) as error:
        raise FileDamaged(f"{path} holds no model: {error}") from None


def _activations(
    meaning: dict[str, Any], custom: Sequence[CustomActivation], path: str | Path
) -> Any:
    given = {each.name: each for each in custom}

    def made(activation: Any) -> Any:
        if not isinstance(activation, dict):
            return activation
        if activation["custom"] not in given:
            raise DataError(
                f"{path} was trained with the activation {activation['custom']!r} of your own; "
                "give it to load as custom=[...]"
            )
        return given[activation["custom"]]

    found = meaning["network"]["activation"]
    return [made(each) for each in found] if isinstance(found, list) else made(found)
