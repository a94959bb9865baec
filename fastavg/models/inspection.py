"""What a model file holds, in plain values."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.models.any_model import load
from fastavg.models.model import Model
from fastavg.models.tabular_model import TabularModel
from fastavg.models.tensor_file import read
from fastavg.networks.custom import CustomActivation
from fastavg.networks.parametric_activations import is_parametric


def inspect_model(
    path: str | Path, custom: Sequence[CustomActivation] = ()
) -> dict[str, Any]:
    """Layers, columns, classes, versions and digests of a model file.

    Parameters
    ----------
    path : str or path
        The ``.safetensors`` file.
    custom : sequence of CustomActivation, default ()
        As for :func:`fastavg.load`.

    Returns
    -------
    dict
        ``kind`` (``network``, ``committee`` or ``table``), ``layers`` (units, activation, weights
        of each),
        ``output``, ``weights``, ``networks``, ``dtype``, ``classes``, ``columns``,
        ``scaled``, ``target``, ``format``, ``fastavg``, ``bytes``, ``file_sha256``,
        ``weights_sha256``.

    Raises
    ------
    DataError, FileDamaged
        As :func:`fastavg.load`.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from fastavg import Network, Plan, train
    >>> model = train(Network((2, 3, 2)), np.eye(2), [0, 1], Plan(epochs=1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     model.save(f"{folder}/model.safetensors")
    ...     found = inspect_model(f"{folder}/model.safetensors")
    >>> found["kind"], found["weights"], found["classes"]
    ('network', 17, [0, 1])
    """
    model, meaning = load(path, custom), read(path)[1]
    kind = "network" if isinstance(model, Model) else meaning["kind"].replace("tabular", "table")
    weights = model.weights if isinstance(model, Model) else model.members
    sizes = model.network.layer_sizes
    names = [str(getattr(each, "name", each)) for each in model.network.activations]
    layers = [
        {
            "inputs": n, "units": m, "activation": name,
            "weights": n * m + m + is_parametric(name) * m,
        }
        for n, m, name in zip(sizes[:-1], sizes[1:], names, strict=True)
    ]
    layers[-1]["activation"] = model.network.output
    return {
        "kind": kind, "layers": layers,
        "output": model.network.output, "weights": int(model.network.n_weights),
        "networks": 1 if isinstance(model, Model) else len(weights), "dtype": str(weights.dtype),
        "classes": None if model.classes is None else model.classes.tolist(),
        "columns": _columns(model), "scaled": _scaled(model),
        "target": getattr(model, "target_name", None), "format": meaning.get("format"),
        "fastavg": meaning.get("fastavg"), "bytes": Path(path).stat().st_size,
        "file_sha256": hashlib.sha256(Path(path).read_bytes()).hexdigest(),
        "weights_sha256": hashlib.sha256(np.ascontiguousarray(weights).tobytes()).hexdigest(),
    }


def _columns(model: Any) -> list[dict[str, Any]]:
    if not isinstance(model, TabularModel):
        return [{"name": name, "inputs": 1} for name in model.feature_names or ()]
    kinds = {each.name: each.kind for each in model.columns.columns}
    found: dict[str, dict[str, Any]] = {}
    for feature in model.encoder.features:
        column = found.setdefault(feature.column, {
            "name": feature.column, "kind": kinds.get(feature.column), "inputs": 0, "levels": [],
        })
        column["inputs"] += feature.width
        column["levels"] += feature.levels
    return list(found.values())


def _scaled(model: Any) -> bool:
    return isinstance(model, TabularModel) or model.scaling is not None
