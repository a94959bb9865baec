"""What each column of a table is, and what is done with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.level_counts import LevelCounts, counts_of
from fastavg.errors import ConfigError, DataError
from fastavg.machine.atomic_file import write_atomically

KINDS = ("number", "category", "boolean", "date", "id", "constant", "ignored")
# Columns of these kinds are left out, but for whether an id is missing.
LEFT_OUT = ("constant", "ignored")
ID_NAME = re.compile(
    r"(^|[_ ])(id|uuid|guid|key|rownames?|rowid|index)$|(?-i:[a-z]I[dD])$|^unnamed_\d+$", re.I
)
# Text of which so large a part of the rows differ says who a row is, not what.
DIFFERENT, FEW = 0.5, 20


@dataclass(frozen=True)
class PlannedColumn:
    """A column.

    Parameters
    ----------
    name : str
        What the table calls it.
    kind : str
        ``number``, ``category``, ``boolean``, ``date``, ``id``, ``constant`` or ``ignored``.
    missing : float, default 0.0
        Part of the training rows without a value, from 0 to 1.
    levels : int, default 0
        Different values among the training rows; 0 where they were not counted.
    """

    name: str
    kind: str
    missing: float = 0.0
    levels: int = 0

    @property
    def treatment(self) -> str:
        """What is done with it, in words."""
        return {
            "number": "scaled, piecewise linear",
            "category": "one input for each level",
            "boolean": "-1 or 1",
            "date": "day, weekday, day of the year, hour",
            "id": "whether it is missing" if self.missing else "left out: says who a row is",
            "constant": "left out: one value",
            "ignored": "left out",
        }[self.kind]

    @property
    def used(self) -> bool:
        """True if the network hears of it."""
        return self.kind not in LEFT_OUT and (self.kind != "id" or self.missing > 0)


@dataclass(frozen=True)
class ColumnPlan:
    """All columns of a table but the target, in their order.

    Parameters
    ----------
    columns : tuple of PlannedColumn
        One for each column of the table.

    Examples
    --------
    >>> from fastavg.data.frame_sources import frame_of
    >>> plan = plan_columns(frame_of({"age": [31, 45, 31], "town": ["Ulm", "Bonn", "Ulm"]}))
    >>> [(column.name, column.kind) for column in plan.columns]
    [('age', 'number'), ('town', 'category')]
    """

    columns: tuple[PlannedColumn, ...]

    @property
    def used(self) -> tuple[PlannedColumn, ...]:
        """The columns that the network hears of."""
        return tuple(column for column in self.columns if column.used)

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Name, kind, missing, levels and treatment of each column, as text."""
        return [
            (
                column.name, column.kind, f"{100 * column.missing:.1f} %" if column.missing else "",
                str(column.levels) if column.levels else "", column.treatment,
            )
            for column in self.columns
        ]

    def as_toml(self) -> str:
        """The plan as TOML, to be looked at and changed."""
        import tomli_w

        return tomli_w.dumps({"column": [asdict(column) for column in self.columns]})

    def save(self, path: str | Path) -> None:
        """Write the plan to a TOML file.

        Parameters
        ----------
        path : str or path
            The file; an old one of that name is replaced in one step.

        Raises
        ------
        OSError
            If the file cannot be written.
        """
        write_atomically(path, self.as_toml().encode())


def load_columns(path: str | Path) -> ColumnPlan:
    """Read a plan that :meth:`ColumnPlan.save` wrote, and that somebody may have changed.

    Parameters
    ----------
    path : str or path
        A TOML file.

    Returns
    -------
    ColumnPlan
        The plan that stands in it.

    Raises
    ------
    DataError
        If there is no such file, or it is no plan.
    """
    import tomllib

    try:
        with Path(path).open("rb") as file:
            table = tomllib.load(file)
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{path} is no TOML: {error}") from None
    columns = table.get("column")
    if not isinstance(columns, list) or not columns:
        raise DataError(
            f"{path} has no list of columns, column = [{{ name = ..., kind = ... }}, ...]"
        )
    return ColumnPlan(tuple(_planned(column, str(path)) for column in columns))


def _planned(column: Any, where: str) -> PlannedColumn:
    try:
        made = PlannedColumn(**column)
    except TypeError as error:
        raise DataError(
            f"{where}: {column} is no column: {str(error).removeprefix('PlannedColumn.')}"
        ) from None
    if made.kind not in KINDS:
        raise DataError(
            f"{where}, column {made.name!r}: kind {made.kind!r} is unknown; "
            f"choose {', '.join(KINDS)}"
        )
    return made


def plan_columns(
    frame: Frame, categorical: Iterable[str] = (), ignore: Iterable[str] = (),
    features: Iterable[str] | None = None, counted: Mapping[str, LevelCounts] | None = None,
) -> ColumnPlan:
    """Find out what the columns of the training rows are.

    Parameters
    ----------
    frame : Frame
        The training rows, without the target.
    categorical : iterable of str
        Columns that are categories, whatever their values look like.
    ignore : iterable of str
        Columns to leave out.
    features : iterable of str, optional
        The only columns to use.
    counted : mapping of str to LevelCounts, optional
        Of a frame that is a sample: the levels of all training rows, by column.

    Returns
    -------
    ColumnPlan
        What each column of the frame is, in the frame's order.

    Raises
    ------
    ConfigError
        If a named column is not there, or no column is left.
    """
    categorical, ignore = set(categorical), set(ignore)
    wanted = None if features is None else set(features)
    for name in sorted(categorical | ignore | (wanted or set())):
        frame.require(name)
    columns = []
    for name in frame.names:
        if name in ignore or (wanted is not None and name not in wanted):
            columns.append(PlannedColumn(name, "ignored"))
        else:
            levels = None if counted is None else counted.get(name)
            columns.append(_found(frame, name, name in categorical, levels))
    plan = ColumnPlan(tuple(columns))
    if not plan.used:
        raise ConfigError(f"{frame.source} has no column to learn from; all of them are left out")
    return plan


def _found(
    frame: Frame, name: str, categorical: bool, counted: LevelCounts | None = None
) -> PlannedColumn:
    kind = frame.kind(name)
    if kind == "empty":
        return PlannedColumn(name, "constant", 1.0)
    n_rows = len(frame)
    if kind in ("number", "date") and not categorical:
        numbers = frame.numbers(name)
        known = numbers[~np.isnan(numbers)]
        missing = 1 - len(known) / n_rows
        levels = len(np.unique(known))
        if levels < 2:
            # One value and holes: what it says is where the holes are.
            return PlannedColumn(
                name, "category" if levels and missing else "constant", missing, levels
            )
        if kind == "number" and _counts_rows(name, known, levels, n_rows):
            return PlannedColumn(name, "id", missing, levels)
        return PlannedColumn(name, kind, missing, levels)
    counted = counted or counts_of(frame.categories(name))
    n_known = counted.rows - counted.missing
    missing, levels = 1 - n_known / counted.rows, counted.different
    if levels < 2 and not (levels and missing):
        return PlannedColumn(name, "constant", missing, levels)
    if kind == "boolean":
        return PlannedColumn(name, "boolean", missing, levels)
    if not categorical and kind == "text" and levels > max(FEW, DIFFERENT * n_known):
        return PlannedColumn(name, "id", missing, levels)
    return PlannedColumn(name, "category", missing, levels)


def _counts_rows(name: str, known: NDArray[np.float64], levels: int, n_rows: int) -> bool:
    """True for whole numbers that all differ and follow each other, or are called an id."""
    if levels < n_rows or n_rows < FEW or not np.all(known == np.rint(known)):
        return False
    return bool(ID_NAME.search(name)) or bool(
        known.max() - known.min() == n_rows - 1 and np.all(np.diff(known) == 1)
    )
