"""Model files: a network, its weights and labels as one :mod:`fastavg.models.tensor_file`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.scaling import Scaling
from fastavg.errors import DataError, FastavgError, FileDamaged
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.tensor_file import Tensors, pack
from fastavg.networks.custom import CustomActivation
from fastavg.networks.network import Network
from fastavg.version import VERSION

FORMAT, COMMITTEE = 1, "committee"
# Of files whose scaling turns rows to their principal axes.
WITH_AXES = 2


class ModelParts(NamedTuple):
    """What a model file holds.

    Attributes
    ----------
    network : Network
        Layer sizes, activations and output.
    weights : array (n_weights,) or (n_members, n_weights) of float32 or float64
        The flat weight vector, or one for each network of a committee.
    classes : array (n_classes,) or None
        Labels of the output units; None if the model has no classes.
    feature_names : tuple of str or None
        Names of the columns of X; None if they are unknown.
    scaling : Scaling or None
        Applied to X before the network; None for none.
    """

    network: Network
    weights: NDArray[np.floating]
    classes: NDArray[Any] | None = None
    feature_names: tuple[str, ...] | None = None
    scaling: Scaling | None = None


def write_model(parts: ModelParts, path: str | Path) -> None:
    """Write a model file; an existing file of that name is replaced in one step.

    Parameters
    ----------
    parts : ModelParts
        The content.
    path : str or path
        The file, by convention ``*.safetensors``.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    write_atomically(path, pack_model(parts))


def pack_model(parts: ModelParts) -> bytes:
    """The content of a model file.

    Parameters
    ----------
    parts : ModelParts
        What it is to hold.
    """
    classes, names, scaling = parts.classes, parts.feature_names, parts.scaling
    meaning = {
        "format": FORMAT,
        "fastavg": VERSION,
        "network": parts.network.as_dict(),
        "classes": None if classes is None else classes.tolist(),
        "feature_names": None if names is None else list(names),
    }
    if parts.weights.ndim == 2:
        meaning["kind"] = COMMITTEE
    tensors: Tensors = {"weights": parts.weights}
    if scaling is not None:
        tensors |= {"scaling.shift": scaling.shift, "scaling.factor": scaling.factor}
        if scaling.axes is not None:
            # Who does not know axes would predict something else.
            tensors["scaling.axes"], meaning["format"] = scaling.axes, WITH_AXES
    return pack(tensors, meaning)


def model_parts(
    tensors: Tensors, meaning: dict[str, Any], path: str | Path,
    custom: Sequence[CustomActivation] = (),
) -> ModelParts:
    """What the content of a model file stands for.

    Parameters
    ----------
    tensors, meaning
        The content, as :func:`fastavg.models.tensor_file.read` has it.
    path : str or path
        The file, for messages.
    custom : sequence of CustomActivation, default ()
        The custom activations that the file names.

    Returns
    -------
    ModelParts
        Whether the parts fit each other is for :class:`fastavg.Model` to check.

    Raises
    ------
    DataError
        If the file has a newer format, or names a custom activation that
        was not given.
    FileDamaged
        If the content is no model.
    """
    if meaning.get("format") not in (FORMAT, WITH_AXES):
        raise DataError(
            f"{path} has format {meaning.get('format')} of fastavg {meaning.get('fastavg')}; "
            f"this one reads formats {FORMAT} and {WITH_AXES}"
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
            scaling = Scaling(
                tensors["scaling.shift"], tensors["scaling.factor"], tensors.get("scaling.axes")
            )
        return ModelParts(
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
