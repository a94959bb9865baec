"""Model files: one ``.safetensors`` file with weights, meaning and a digest.

.. code-block:: text

    8 bytes    length of the header
    header     JSON: name, dtype, shape and place of each tensor; __metadata__ with
               "fastavg" (JSON text: network, classes, ...) and "sha256"
    tensors    weights, and shift and factor of the scaling if there is one

Nothing in a file is ever run: no pickle, no import by name.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from fastavg.atomicfile import write_atomically
from fastavg.data.scaling import Scaling
from fastavg.errors import DataError, FastavgError, FileDamaged
from fastavg.model import Model
from fastavg.network import Network
from fastavg.version import VERSION

FORMAT = 1
HEADER_LIMIT = 16 * 2**20
Tensors = dict[str, NDArray[Any]]


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


def load(path: str | Path) -> Model:
    """Read a model that :meth:`fastavg.Model.save` wrote.

    Parameters
    ----------
    path : str or path

    Raises
    ------
    DataError
        If there is no such file, or it is a newer fastavg's.
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
    tensors, meaning = unpack(path)
    if meaning.get("format") != FORMAT:
        raise DataError(
            f"{path} has format {meaning.get('format')} of fastavg {meaning.get('fastavg')}; "
            f"this one reads format {FORMAT}"
        )
    try:
        classes, names = meaning["classes"], meaning["feature_names"]
        scaling = None
        if "scaling.shift" in tensors:
            scaling = Scaling(tensors["scaling.shift"], tensors["scaling.factor"])
        return Model(
            network=Network(**meaning["network"]),
            weights=tensors["weights"],
            classes=None if classes is None else np.asarray(classes),
            feature_names=None if names is None else tuple(names),
            scaling=scaling,
        )
    except (KeyError, TypeError, ValueError, FastavgError) as error:
        raise FileDamaged(f"{path} holds no model: {error}") from None


def pack(tensors: Tensors, meaning: dict[str, Any]) -> bytes:
    """Tensors and their meaning as the bytes of a file."""
    # safetensors takes memory as it lies and would store a transposed view wrongly.
    tensors = {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
    text = json.dumps(meaning, sort_keys=True, allow_nan=False)
    return save_tensors(tensors, {"fastavg": text, "sha256": digest(tensors, text)})


def unpack(path: str | Path) -> tuple[Tensors, dict[str, Any]]:
    """Tensors and meaning of a file, every byte checked.

    Raises
    ------
    DataError
        If there is no such file.
    FileDamaged
        If it is not what :func:`pack` wrote.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path} cannot be read: {os.strerror(error.errno or 0)}") from None
    size = int.from_bytes(data[:8], "little")
    header = data[8 : 8 + size]
    if len(data) < 8 or not 0 < size <= min(HEADER_LIMIT, len(data) - 8):
        _damaged(path, "it is cut short, or no model file at all")
    # Written without line breaks; padded with spaces to a multiple of eight.
    if min(header) < ord(" ") or len(header) - len(header.rstrip(b" ")) > 7:
        _damaged(path, "its header is damaged")
    try:
        parsed = json.loads(header, object_pairs_hook=_once)
        metadata = parsed["__metadata__"]
        text, claimed = metadata["fastavg"], metadata["sha256"]
        tensors: Tensors = load_tensors(data)
        if digest(tensors, text) != claimed or set(metadata) != {"fastavg", "sha256"}:
            _damaged(path, "its SHA-256 does not fit its content")
        meaning: dict[str, Any] = json.loads(text, object_pairs_hook=_once)
    except FileDamaged:
        raise
    except (
        SafetensorError, KeyError, TypeError, ValueError, AttributeError, RecursionError
    ):
        _damaged(path, "its header is damaged, or it is no model file at all")
    return tensors, meaning


def digest(tensors: Tensors, text: str) -> str:
    """SHA-256 over the meaning and over every tensor's name, dtype, shape and bytes."""
    total = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        total.update(repr((name, tensor.dtype.str, tensor.shape)).encode())
        total.update(tensor.tobytes())
    return total.hexdigest()


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _damaged(path: str | Path, what: str) -> NoReturn:
    raise FileDamaged(f"{path} cannot be used: {what}; a copy of the original file would do")
