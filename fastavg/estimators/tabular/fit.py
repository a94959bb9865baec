"""From a table and its targets to a model: plan the columns, encode, train, calibrate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan
from fastavg.data.frame import Frame
from fastavg.data.preprocessing.table_encoder import fit_encoder
from fastavg.data.preprocessing.target_scaling import fit_target_scaling
from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.estimators.tabular.calibration import fit_temperature
from fastavg.estimators.tabular.first_layer import network_of
from fastavg.estimators.tabular.folds import folds_of
from fastavg.estimators.tabular.members import EncodedRows, Member, train_members
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.estimators.tabular.submodel_values import values_of
from fastavg.models.forward import Forward
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution


@dataclass(frozen=True, eq=False)
class TrainingTable:
    """What a model is trained on.

    Parameters
    ----------
    frame : Frame
        The columns, without the target.
    y : array (n_rows,) or (n_rows, n_outputs)
        Class numbers, or numbers; NaN for one of several outputs that is not known.
    classes : array (n_classes,), optional
        What the class numbers stand for; None for numbers.
    weights : array (n_rows,), optional
        How much each row counts.
    groups : array (n_rows,), optional
        Rows of a group are held out together.
    """

    frame: Frame
    y: NDArray[Any]
    classes: NDArray[Any] | None = None
    weights: NDArray[np.floating] | None = None
    groups: NDArray[Any] | None = None

    @property
    def task(self) -> str:
        """``class`` or ``number``."""
        return "number" if self.classes is None else "class"


class Fitted(NamedTuple):
    """A model, its members, and what every row got from a member that had held it out.

    Parameters
    ----------
    model : TabularModel
        What predicts.
    members : list of Member
        Its networks, each with its validation curve.
    held_out : array (n_rows, n_outputs) of float64
        The last layer's values from the members that had held the row out; NaN where none had.
    """

    model: TabularModel
    members: list[Member]
    held_out: NDArray[np.float64]


def fit_table(
    table: TrainingTable, columns: ColumnPlan, recipe: Recipe, seed: int, execution: Execution
) -> Fitted:
    """Train the members of a model.

    Parameters
    ----------
    table : TrainingTable
        The training rows.
    columns : ColumnPlan
        What becomes of each column.
    recipe : Recipe
        How the members are made.
    seed : int
        The same seed gives the same weights.
    execution : Execution
        Members that are trained at the same time, checkpoints, and observers that are told of
        every member's epochs; changes no bit.

    Returns
    -------
    Fitted
        The model, its members, and what they said of the rows that they had held out.

    Raises
    ------
    DataError, ConfigError
        If the table cannot be used.
    Diverged
        If a member's weights are no longer finite.
    """
    encoder = fit_encoder(table.frame, columns, _single(table.y), table.task, recipe.encoding)
    X = encoder.compact(table.frame)
    scaling = None
    Y = table.y.reshape(len(table.y), -1)
    if table.classes is None:
        if recipe.quantiles:
            Y = of_quantiles(Y, recipe.quantiles)
        scaling = fit_target_scaling(Y)
        Y, outputs, output = scaling.apply(Y), Y.shape[1], "identity"
    else:
        outputs, output = len(table.classes), "softmax"
    network = network_of(encoder, recipe, outputs, output)
    fold = folds_of(table.y, recipe.folds, seed, table.classes is not None, table.groups)
    weights = np.zeros(0) if table.weights is None else table.weights
    rows = EncodedRows(
        Rows(X, np.ascontiguousarray(Y, np.float32), np.asarray(weights, np.float32),
             encoder.lookups),
        fold,
    )
    members = train_members(network, rows, recipe, seed, execution)
    held_out = _held_out(network, rows, recipe, members)
    temperature = 1.0
    if table.classes is not None and recipe.members > 1:
        temperature = _temperature(held_out, table)
    model = TabularModel(
        network.member, np.concatenate([network.members(member.weights) for member in members]),
        encoder, columns,
        table.classes, scaling, temperature,
        residual_quantiles=None if scaling is None or recipe.quantiles
        else _missed(table.y, scaling.invert(held_out)), quantiles=recipe.quantiles,
    )
    return Fitted(model, members, held_out)


def _temperature(held_out: NDArray[np.float64], table: TrainingTable) -> float:
    """By the rows that members have held out."""
    counts = np.ones(len(held_out)) if table.weights is None else table.weights
    seen = np.flatnonzero(np.isfinite(held_out[:, 0]) & (counts > 0))
    if not len(seen):
        return 1.0
    weights = None if table.weights is None else table.weights[seen]
    return fit_temperature(held_out[seen], table.y[seen], weights)


def of_quantiles(
    Y: NDArray[np.floating], quantiles: tuple[float, ...]
) -> NDArray[np.floating]:
    """Targets once for each quantile.

    Parameters
    ----------
    Y : array (n_rows, 1)
        The targets.
    quantiles : tuple of float
        What is predicted of them.

    Raises
    ------
    ConfigError
        If there are several outputs.
    """
    if Y.shape[1] != 1:
        raise ConfigError(
            f"quantiles are of one output; y has {Y.shape[1]}, each of which a model of its own "
            "can predict"
        )
    return np.repeat(Y, len(quantiles), axis=1)


def _single(y: NDArray[Any]) -> NDArray[Any]:
    """The first output, by which edges of bins are chosen; its mean where it is not known."""
    first = y if y.ndim == 1 else y[:, 0]
    return first if first.dtype.kind != "f" else np.where(np.isnan(first), np.nanmean(first), first)


def _missed(y: NDArray[Any], predicted: NDArray[np.float64]) -> NDArray[np.float64]:
    """Percentiles of what the predictions of held-out rows missed (101, n_outputs)."""
    missed = y.reshape(len(y), -1) - predicted
    return np.asarray(np.nanpercentile(missed, np.arange(101), axis=0))


def _held_out(
    network: Network, rows: EncodedRows, recipe: Recipe, members: list[Member]
) -> NDArray[np.float64]:
    """The last layer's values of each row by the members that had held it out; else NaN."""
    X = rows.rows.dense
    total = np.zeros((len(X), network.layer_sizes[-1]))
    count = np.zeros(recipe.folds)
    forward = Forward(network.member, X.dtype, rows.rows.lookups)
    for at, member in enumerate(members):
        fold = at % recipe.folds
        held = rows.fold == fold
        total[held] += values_of(network, member.weights, forward, X[held])
        count[fold] += 1
    with np.errstate(invalid="ignore", divide="ignore"):
        return total / count[rows.fold][:, None]
