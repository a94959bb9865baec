"""Models of tables in one :mod:`fastavg.models.tensor_file`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan, PlannedColumn
from fastavg.data.preprocessing.stored import encoder_as_dict, encoder_from_dict
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.data.preprocessing.target_scaling import TargetScaling
from fastavg.machine.atomic_file import write_atomically
from fastavg.models.tensor_file import Tensors, pack
from fastavg.networks.network import Network
from fastavg.version import VERSION

FORMAT, KIND = 1, "tabular"
SCALING = ("mean", "spread", "low", "high")
RESIDUALS = "target.residual_quantiles"


class TabularParts(NamedTuple):
    """What a file holds: the fields of :class:`fastavg.models.tabular_model.TabularModel`.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    members : array (n_members, n_weights)
        The weights of each.
    encoder : TableEncoder
        What becomes of the columns.
    columns : ColumnPlan
        What every column of the training table was taken for.
    classes : array (n_classes,) or None
        The label of each output; None for a model of numbers.
    target_scaling : TargetScaling or None
        Of a model of numbers.
    temperature : float
        What the last layer's values are divided by before they become probabilities.
    target_name : str or None
        The column that is predicted.
    threshold : float
        Of two classes, the probability above which it is the second one.
    residual_quantiles : array (101, n_outputs) or None
        Of a model of numbers: percentiles of what predictions of held-out rows missed.
    quantiles : tuple of float
        Of a model of quantiles: which one each output is.
    """

    network: Network
    members: NDArray[np.floating]
    encoder: TableEncoder
    columns: ColumnPlan
    classes: NDArray[Any] | None
    target_scaling: TargetScaling | None
    temperature: float
    target_name: str | None
    threshold: float
    residual_quantiles: NDArray[np.float64] | None
    quantiles: tuple[float, ...] = ()


def write_tabular(model: TabularParts, path: str | Path) -> None:
    """Write a model; an old file of that name is replaced in one step.

    Parameters
    ----------
    model : TabularParts
        What the file is to hold.
    path : str or path
        The file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    meaning = {
        "format": FORMAT,
        "kind": KIND,
        "fastavg": VERSION,
        "network": model.network.as_dict(),
        "classes": None if model.classes is None else model.classes.tolist(),
        "columns": [asdict(column) for column in model.columns.columns],
        "encoder": encoder_as_dict(model.encoder),
        "temperature": model.temperature,
        "target_name": model.target_name,
        "threshold": model.threshold,
    }
    if model.quantiles:
        meaning["quantiles"] = list(model.quantiles)
    tensors: Tensors = {"members": model.members}
    if model.target_scaling is not None:
        tensors |= {
            f"target.{name}": np.asarray(getattr(model.target_scaling, name)) for name in SCALING
        }
    if model.residual_quantiles is not None:
        tensors[RESIDUALS] = np.ascontiguousarray(model.residual_quantiles)
    write_atomically(path, pack(tensors, meaning))


def tabular_parts(tensors: Tensors, meaning: dict[str, Any]) -> TabularParts:
    """What a file's content stands for.

    Parameters
    ----------
    tensors : dict of str to array
        The file's arrays by name.
    meaning : dict
        The file's description of them.

    Returns
    -------
    TabularParts
        The parts of the model.

    Raises
    ------
    KeyError, TypeError, ValueError
        If it holds none.
    """
    classes = meaning["classes"]
    if classes is not None:
        classes = np.asarray(classes)
        if classes.ndim != 1 or classes.dtype.kind not in "biufU":
            raise ValueError("its classes are no list of labels")
    if tensors["members"].dtype.kind != "f":
        raise ValueError("its weights are no floating-point numbers")
    scaling = None
    if classes is None:
        scaling = TargetScaling(*(tensors[f"target.{name}"] for name in SCALING))
    return TabularParts(
        Network(**meaning["network"]), tensors["members"], encoder_from_dict(meaning["encoder"]),
        ColumnPlan(tuple(PlannedColumn(**column) for column in meaning["columns"])),
        classes, scaling, float(meaning["temperature"]), meaning["target_name"],
        float(meaning.get("threshold", 0.5)), tensors.get(RESIDUALS),
        tuple(float(each) for each in meaning.get("quantiles", ())),
    )
