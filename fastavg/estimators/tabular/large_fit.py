"""From a table that stays in its files to a model: survey, plan, encode once, train by windows.

In memory at a time are a sample of the rows, one block of them, and for each member two
windows and the rows that it holds out; all of them are bounded whatever the table's length.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.large_tables.large_table import LargeTable
from fastavg.data.large_tables.row_draws import drawn
from fastavg.data.large_tables.scratch_rows import (
    Encoded,
    RowForm,
    ScratchRows,
    fold_of,
    inner_rows,
    write_scratch,
)
from fastavg.data.large_tables.table_survey import train_frames
from fastavg.data.large_tables.target_summary import TargetSummary
from fastavg.data.preprocessing.table_encoder import TableEncoder, fit_encoder
from fastavg.data.rows import Rows
from fastavg.data.table_rows import weights_of
from fastavg.errors import ConfigError
from fastavg.estimators.tabular.calibration import fit_temperature
from fastavg.estimators.tabular.first_layer import network_of
from fastavg.estimators.tabular.members import Member, evenness_of, train_members
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.estimators.tabular.submodel_values import values_of
from fastavg.losses import CrossEntropy, Loss
from fastavg.machine.returned_memory import return_arrow_memory
from fastavg.models.forward import Forward
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution

# Rows of a window, and the bytes of the windows, and of the held-out rows, of all members.
WINDOW, LEAST_WINDOW, BYTES = 1 << 16, 1 << 12, 256 << 20


class LargeFitted(NamedTuple):
    """A model of a large table.

    Parameters
    ----------
    model : TabularModel
        What predicts.
    members : list of Member
        Its networks, each with its validation curve.
    held_out : array (n_held, n_outputs) of float64
        The last layer's values for rows that members had held out.
    targets : array (n_held,) of float64
        Their targets: class numbers, or numbers in their own unit.
    """

    model: TabularModel
    members: list[Member]
    held_out: NDArray[np.float64]
    targets: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ScratchFolds:
    """Rows in a temporary file, of which each member holds a fold out.

    See :class:`fastavg.estimators.tabular.members.FoldedRows`.

    Parameters
    ----------
    scratch : ScratchRows
        All rows.
    target : TargetSummary
        What is predicted.
    folds : int
        Parts of the rows.
    window : int
        Rows that are read, and shuffled, together.
    most_held : int
        Rows that a member holds out and looks at, at most.
    """

    scratch: ScratchRows
    target: TargetSummary
    folds: int
    window: int
    most_held: int

    def parted(self, fold: int, workers: int) -> tuple[Rows, Rows]:
        """Rows that stay in the file, and some that are read; see :meth:`FoldedRows.parted`.

        Parameters
        ----------
        fold : int
            Which fold is held out.
        workers : int
            The member's replicas.
        """
        held = fold_of(self.scratch.n_rows, fold, self.folds)
        return inner_rows(self.scratch, held, workers, self.window), self.held(fold)

    def held(self, fold: int) -> Rows:
        """The held-out rows that are looked at.

        Parameters
        ----------
        fold : int
            Which fold.
        """
        low, high = fold_of(self.scratch.n_rows, fold, self.folds)
        return self.scratch.read(low, min(high, low + self.most_held))

    def loss(self, network: Network, recipe: Recipe) -> Loss | None:
        """By the counts of all classes; see :meth:`FoldedRows.loss`.

        Parameters
        ----------
        network : Network
            Classes or numbers.
        recipe : Recipe
            How much labels are smoothed.
        """
        if self.target.members is None or not recipe.label_smoothing:
            return None
        return CrossEntropy(recipe.label_smoothing * evenness_of(self.target.members))


def fit_large_table(
    table: LargeTable, recipe: Recipe, seed: int, execution: Execution
) -> LargeFitted:
    """Train the members of a model on rows that stay on disk.

    Parameters
    ----------
    table : LargeTable
        Files, what is known of them, and what becomes of their columns.
    recipe : Recipe
        How the members are made.
    seed : int
        The same seed gives the same weights.
    execution : Execution
        Members that are trained at the same time, checkpoints and observers; changes no bit.

    Returns
    -------
    LargeFitted
        The model, its members, and what they said of rows that they had held out.

    Raises
    ------
    DataError, ConfigError
        If the table cannot be used, or the folder for temporary files has no room.
    Diverged
        If a member's weights are no longer finite.
    """
    known, target = table.survey, table.survey.target
    if recipe.quantiles:
        raise ConfigError("quantiles are trained for in memory; leave data.rows_from=disk out")
    recipe = replace(recipe, folds=max(2, min(recipe.folds, known.n_train // 2)))
    y = target.of(known.sample)
    first = y if target.classes is None else np.searchsorted(target.classes, y)
    encoder = fit_encoder(
        known.sample, table.columns, first, target.kind, recipe.encoding, known.levels
    )
    network = network_of(
        encoder, recipe, 1 if target.classes is None else len(target.classes),
        "identity" if target.classes is None else "softmax",
    )
    form = RowForm(encoder.numbers, 1, table.weights is not None, encoder.lookups)
    share = BYTES // recipe.members // form.row_bytes
    window = max(LEAST_WINDOW, min(WINDOW, share // 2))

    def kept(start: int, stop: int) -> NDArray[np.int64]:
        return start + np.flatnonzero(drawn("test rows", start, stop) >= known.test_rate)

    scratch = write_scratch(
        lambda: _encoded(table, encoder), table.files.n_rows, kept, form, window
    )
    # No further part of the files is read.
    return_arrow_memory()
    with closing(scratch):
        rows = ScratchFolds(scratch, target, recipe.folds, window, max(LEAST_WINDOW, share))
        members = train_members(network, rows, recipe, seed, execution)
        held_out, truth, weights = _held_out(network, rows, recipe, members)
    temperature, missed = 1.0, None
    if target.classes is None:
        assert target.scaling is not None
        truth = target.scaling.invert(truth)
        missed = np.percentile(truth - target.scaling.invert(held_out), np.arange(101), axis=0)
    elif recipe.members > 1:
        temperature = fit_temperature(held_out, truth[:, 0].astype(np.int64), weights)
    model = TabularModel(
        network.member, np.concatenate([network.members(member.weights) for member in members]),
        encoder, table.columns,
        target.classes, target.scaling, temperature, target.name, residual_quantiles=missed,
    )
    return LargeFitted(model, members, held_out, truth[:, 0])


def _encoded(table: LargeTable, encoder: TableEncoder) -> Iterator[Encoded]:
    known = table.survey
    names = [*encoder.columns, known.target.name, *([table.weights] if table.weights else [])]
    for numbers, frame in train_frames(table.files, dict.fromkeys(names), known.test_rate):
        weights = np.zeros(0) if table.weights is None else weights_of(frame, table.weights)
        yield numbers, Rows(
            encoder.compact(frame), known.target.numbers(frame), weights, encoder.lookups
        )


def _held_out(
    network: Network, rows: ScratchFolds, recipe: Recipe, members: list[Member]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64] | None]:
    """Values, targets and weights of the rows that members had held out and looked at."""
    forward = Forward(network.member, np.dtype("f4"), rows.scratch.form.lookups)
    values, truth, weights = [], [], []
    for fold in range(min(recipe.folds, len(members))):
        held, own = rows.held(fold), members[fold :: recipe.folds]
        total = np.zeros((len(held), network.layer_sizes[-1]))
        for member in own:
            total += values_of(network, member.weights, forward, held.dense)
        values.append(total / len(own))
        truth.append(held.Y.astype(np.float64))
        weights.append(held.weights.astype(np.float64))
    counts = np.concatenate(weights)
    return np.concatenate(values), np.concatenate(truth), counts if counts.size else None
