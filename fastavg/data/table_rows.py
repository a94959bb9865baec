"""The rows of a table for a run: the target found, and what trains parted from what tests."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.names import SHOWN
from fastavg.data.split import split_groups, split_rows
from fastavg.data.table import as_labels
from fastavg.errors import ConfigError, DataError

# A column of this name is the target if nobody names another.
PLAIN_TARGETS = ("target", "label", "class", "y")
# Whole numbers with more values than this are amounts, not classes.
MOST_CLASSES = 20
SPLIT_SEED = 0


class TableRows(NamedTuple):
    """Training and test rows.

    Attributes
    ----------
    train, test : Frame
        The columns without the target and those of other uses.
    y, y_test : array
        Their targets.
    kind : str
        ``class`` or ``number``.
    weights, groups : array or None
        Of the training rows.
    ids : array (n_test_rows,)
        Who each test row is: its value in the column for that, or its number, from 0.
    """

    train: Frame
    test: Frame
    y: NDArray[Any]
    y_test: NDArray[Any]
    kind: str
    weights: NDArray[np.float64] | None
    groups: NDArray[Any] | None
    ids: NDArray[Any]


class Uses(NamedTuple):
    """What single columns are for, if not to be learned from.

    Attributes
    ----------
    target : str
        The column to be predicted.
    weights : str or None
        How much a row counts.
    group : str or None
        Rows of one value stay together.
    id : str or None
        Who a row is.
    """

    target: str
    weights: str | None = None
    group: str | None = None
    id: str | None = None


def find_target(frame: Frame, asked: str | None) -> str:
    """The column to be predicted: the one asked for, or the only one with a plain name.

    Parameters
    ----------
    frame : Frame
        The whole table.
    asked : str or None
        A column's name; None for the one that is called target, label, class or y.

    Raises
    ------
    ConfigError
        If it is not there, or not plain; lists the columns.
    """
    if asked is not None:
        frame.require(asked)
        return asked
    found = [name for name in frame.names if name.lower() in PLAIN_TARGETS]
    if len(found) == 1:
        return found[0]
    raise ConfigError(
        f"{frame.source} has no target; --target names it, one of {', '.join(frame.names)[:SHOWN]}"
    )


def kind_of(frame: Frame, target: str, asked: str) -> str:
    """What the target is taken for: ``class``, or ``number``.

    Text, truth values, and whole numbers of at most 20 values are classes.

    Parameters
    ----------
    frame : Frame
        The whole table.
    target : str
        The column to be predicted.
    asked : str
        ``class`` or ``number`` for themselves, ``auto`` for what the column holds.
    """
    if asked != "auto":
        return asked
    if frame.kind(target) != "number":
        return "class"
    numbers = frame.numbers(target)
    known = numbers[~np.isnan(numbers)]
    whole = bool(np.all(known == np.rint(known)))
    return "class" if whole and len(np.unique(known)) <= MOST_CLASSES else "number"


def targets_of(frame: Frame, target: str, kind: str) -> NDArray[Any]:
    """The target column, checked.

    Parameters
    ----------
    frame : Frame
        The table.
    target : str
        The column.
    kind : str
        ``class`` or ``number``.

    Raises
    ------
    DataError
        If a row has none, or numbers are wanted and it holds words.
    """
    y = frame.values(target)
    if kind == "number":
        y = frame.numbers(target)
    elif y.dtype.kind == "f":
        y = as_labels(y)
    return y


def table_rows(
    frame: Frame, uses: Uses, kind: str, test_size: float, other: Frame | None = None
) -> TableRows:
    """Part a table into rows that train and rows that test.

    Parameters
    ----------
    frame : Frame
        The whole table.
    uses : Uses
        The target and other columns that are not learned from.
    kind : str
        ``auto``, ``class`` or ``number``.
    test_size : float
        Part of the rows, or of the groups, that test.
    other : Frame, optional
        A table to test on; no row of ``frame`` is kept for testing then.

    Raises
    ------
    DataError, ConfigError
        If a column is missing, or holds what it cannot be used for, or all targets are the same.
    """
    kind = kind_of(frame, uses.target, kind)
    y = targets_of(frame, uses.target, kind)
    if len(np.unique(y)) < 2:
        raise DataError(
            f"{frame.source}, column {uses.target!r} holds 1 "
            f"{'class' if kind == 'class' else 'value'}, {y[0]}; 2 or more are needed"
        )
    groups = None if uses.group is None else _group(frame, uses.group)
    weights = None if uses.weights is None else weights_of(frame, uses.weights)
    part = 0.0 if other is not None else test_size
    if groups is not None:
        train, test = split_groups(groups, part, SPLIT_SEED)
    else:
        train, test = split_rows(y, part, SPLIT_SEED, by_class=kind == "class")
    inner = frame.without(*_names(uses))
    tested, y_test = (inner.take(test), y[test]) if other is None else (
        other, targets_of(other, uses.target, kind)
    )
    return TableRows(
        inner.take(train) if len(test) else inner, tested, y[train], y_test, kind,
        None if weights is None else weights[train], None if groups is None else groups[train],
        _ids(frame, uses.id, test) if other is None
        else _ids(other, uses.id, np.arange(len(other))),
    )


def _names(uses: Uses) -> Iterable[str]:
    return [name for name in uses if name is not None]


def _group(frame: Frame, name: str) -> NDArray[Any]:
    frame.require(name)
    return frame.categories(name).codes


def _ids(frame: Frame, name: str | None, rows: NDArray[np.int64]) -> NDArray[Any]:
    if name is None or name not in frame.names:
        return rows
    found = frame.take(rows)
    if frame.kind(name) == "number":
        return found.numbers(name)
    codes, levels = found.categories(name)
    return np.asarray([*levels, ""])[codes]


def weights_of(frame: Frame, name: str) -> NDArray[np.float64]:
    """A column of weights, checked.

    Parameters
    ----------
    frame : Frame
        The table.
    name : str
        The column.

    Raises
    ------
    DataError
        If a row has none, or one below 0; names file, row and column.
    """
    frame.require(name)
    weights = frame.numbers(name)
    wrong = np.flatnonzero(~(weights >= 0))
    if len(wrong):
        row = int(wrong[0])
        raise DataError(
            f"{frame.place(row, name)} holds {weights[row]}; "
            "every weight must be a number of at least 0"
        )
    return weights
