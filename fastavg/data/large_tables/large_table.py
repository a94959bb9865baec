"""A large table opened: its files, what is known of them, and what its columns are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_plan import ColumnPlan, PlannedColumn, plan_columns
from fastavg.data.frame import Frame
from fastavg.data.large_tables.frame_files import ARRAY_TARGET, FrameFiles, open_frame_files
from fastavg.data.large_tables.table_survey import TableSurvey, Wanted, survey
from fastavg.data.table_rows import find_target


@dataclass(frozen=True)
class Chosen:
    """What columns are for, and which of them are learned from.

    Parameters
    ----------
    weights, id : str or None
        Columns that say how much a row counts, and who it is.
    categorical, ignore, features : tuple of str
        Columns of numbers that are categories, columns to leave out, and the only ones to use.
    plan : ColumnPlan or None
        What every column is, in place of these three.
    """

    weights: str | None = None
    id: str | None = None
    categorical: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    features: tuple[str, ...] = ()
    plan: ColumnPlan | None = None

    @property
    def others(self) -> tuple[str, ...]:
        """Columns that are read and not learned from."""
        return tuple(name for name in (self.weights, self.id) if name is not None)


@dataclass(frozen=True, eq=False)
class LargeTable:
    """A table that stays in its files.

    Parameters
    ----------
    files : FrameFiles
        Where its rows are.
    survey : TableSurvey
        What is known of it.
    columns : ColumnPlan
        What becomes of each column.
    weights : str or None
        The column that says how much a row counts.
    id : str or None
        The column that says who a row is.
    """

    files: FrameFiles
    survey: TableSurvey
    columns: ColumnPlan
    weights: str | None = None
    id: str | None = None

    @property
    def test(self) -> Frame:
        """The columns of the test rows that the model may look at."""
        return self.survey.test.without(
            self.survey.target.name, *(name for name in (self.weights, self.id) if name)
        )

    @property
    def test_ids(self) -> NDArray[np.generic]:
        """Who each test row is: its value in the column for that, or its number, from 0."""
        test = self.survey.test
        if self.id is None:
            return self.survey.test_numbers
        if test.kind(self.id) == "number":
            return test.numbers(self.id)
        codes, levels = test.categories(self.id)
        return np.asarray([*levels, ""])[codes]


def open_large_table(
    path: str | Path, target: str | Path | None, kind: str = "auto", test_size: float = 0.0,
    chosen: Chosen | None = None,
) -> LargeTable:
    """Read a table once, in bounded memory, to know what is in it.

    Parameters
    ----------
    path : str or path
        A Parquet, Arrow or ``.npy`` file, or a pattern for several of the first two.
    target : str, path or None
        The column that is predicted, or the ``.npy`` file of targets; None for the column that
        is called target, label, class or y.
    kind : str, default 'auto'
        ``class``, ``number``, or ``auto`` to find out.
    test_size : float, default 0.0
        Part of the rows that tests; at most 100,000 rows do.
    chosen : Chosen, optional
        What columns are for; all but the target are learned from if not given.

    Returns
    -------
    LargeTable
        The same for the same files.

    Raises
    ------
    DataError
        If a file or a column cannot be used; names file, row and column.
    ConfigError
        If a column is not there, or no row is left to train on.
    """
    chosen = chosen or Chosen()
    files = open_frame_files(path, target)
    typed = files.empty()
    name = ARRAY_TARGET if str(target).endswith(".npy") else find_target(
        typed, None if target is None else str(target)
    )
    for each in (*chosen.others, *chosen.categorical, *chosen.ignore, *chosen.features):
        typed.require(each)
    left_out, categorical = set(chosen.ignore), set(chosen.categorical)
    if chosen.features:
        left_out |= set(files.names) - set(chosen.features)
    if chosen.plan is not None:
        for column in chosen.plan.used:
            typed.require(column.name)
        used = {column.name: column.kind for column in chosen.plan.used}
        left_out = set(files.names) - set(used)
        categorical = {each for each in used if used[each] in ("category", "boolean", "id")}
    read = {name, *chosen.others}
    known = survey(files, Wanted(
        name, kind, chosen.others, tuple(sorted(categorical - read)),
        tuple(sorted(left_out - read)), test_size,
    ))
    return LargeTable(files, known, _columns(files, known, chosen, name), chosen.weights, chosen.id)


def _columns(
    files: FrameFiles, known: TableSurvey, chosen: Chosen, target: str
) -> ColumnPlan:
    if chosen.plan is not None:
        return chosen.plan
    read = known.sample.without(target, *chosen.others)
    found = plan_columns(read, chosen.categorical, counted=known.levels)
    planned = {
        column.name: replace(column, missing=known.missing.get(column.name, column.missing))
        for column in found.columns
    }
    # Columns that are left out were not read.
    return ColumnPlan(tuple(
        planned.get(name, PlannedColumn(name, "ignored")) for name in files.names
        if name not in (target, *chosen.others)
    ))
