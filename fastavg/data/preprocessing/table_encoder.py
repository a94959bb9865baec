"""A table as the matrix that a network sees, by transforms fitted to the training rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.data.column_plan import ColumnPlan, PlannedColumn
from fastavg.data.frame import Levels
from fastavg.data.level_counts import LevelCounts, counts_of
from fastavg.data.preprocessing.contract import Transform
from fastavg.data.preprocessing.date_parts import DATE_PARTS, part_of
from fastavg.data.preprocessing.indicator import MissingIndicator
from fastavg.data.preprocessing.one_hot import LEAST_ROWS, OneHot, Sign, fit_counted
from fastavg.data.preprocessing.piecewise_linear import fit_piecewise_linear
from fastavg.data.preprocessing.quantile import fit_quantile
from fastavg.data.preprocessing.scaled import fit_scaled
from fastavg.errors import ConfigError, DataError
from fastavg.kernels.tabular.compact_rows import numbers_of, table_of

SCALES = ("robust", "standard", "minmax", "quantile")
CATEGORIES = ("category", "boolean", "known")


class Columns(Protocol):
    """Where columns come from: a Frame, or plain lists."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names."""
        ...

    def __len__(self) -> int:
        """Rows."""
        ...

    def kind(self, name: str) -> str:
        """See :meth:`fastavg.data.frame.Frame.kind`."""
        ...

    def numbers(self, name: str) -> NDArray[np.float64]:
        """See :meth:`fastavg.data.frame.Frame.numbers`."""
        ...

    def categories(self, name: str) -> Levels:
        """See :meth:`fastavg.data.frame.Frame.categories`."""
        ...


@dataclass(frozen=True)
class Encoding:
    """How columns become inputs.

    Parameters
    ----------
    scale : str, default 'robust'
        ``robust``, ``standard``, ``minmax`` or ``quantile``.
    tree_bins, quantile_bins : int, default 16
        Bins of the piecewise-linear encoding: where the target changes, and with equal numbers
        of rows; both 0 for no such encoding.
    least_rows : int, default 10
        A level of a category with fewer training rows is rare.

    Raises
    ------
    ConfigError
        If the scale is unknown.
    """

    scale: str = "robust"
    tree_bins: int = 16
    quantile_bins: int = 16
    least_rows: int = LEAST_ROWS

    def __post_init__(self) -> None:
        if self.scale not in SCALES:
            raise ConfigError(f"scale {self.scale!r} is unknown; choose {', '.join(SCALES)}")


@dataclass(frozen=True)
class Feature:
    """A column, or a part of a date, with its transforms.

    Parameters
    ----------
    column : str
        The column's name.
    part : str
        ``number``, ``category``, ``boolean``, ``known`` (whether an id is there), or a part
        of a date.
    transforms : tuple of Transform
        Each turns the column into inputs, which stand side by side.
    """

    column: str
    part: str
    transforms: tuple[Transform, ...]

    @property
    def width(self) -> int:
        """Inputs of the network."""
        return sum(transform.width for transform in self.transforms)

    @property
    def levels(self) -> tuple[str, ...]:
        """The levels of a category that training saw; none for a number."""
        first = self.transforms[0]
        return first.levels if isinstance(first, (OneHot, Sign)) else ()


@dataclass(frozen=True)
class TableEncoder:
    """Columns by name as inputs of a network.

    Parameters
    ----------
    features : tuple of Feature
        In the order of their inputs.

    Examples
    --------
    >>> from fastavg.data.column_plan import plan_columns
    >>> from fastavg.data.frame_sources import frame_of
    >>> frame = frame_of({"size": [0.0, 1.0, 2.0, 3.0], "new": [True, False, True, False]})
    >>> y = np.array([0, 0, 1, 1])
    >>> encoder = fit_encoder(frame, plan_columns(frame), y, "class", Encoding("minmax", 0, 0))
    >>> encoder.apply(frame)
    array([[ 0.        ,  1.        ],
           [ 0.33333334, -1.        ],
           [ 0.6666667 ,  1.        ],
           [ 1.        , -1.        ]], dtype=float32)
    """

    features: tuple[Feature, ...]
    _width: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_width", sum(feature.width for feature in self.features))

    @property
    def width(self) -> int:
        """Inputs of the network."""
        return self._width

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that are looked up."""
        return tuple(dict.fromkeys(feature.column for feature in self.features))

    def check(self, frame: Columns, source: str) -> None:
        """Nothing, if every column is there and of the kind that training saw.

        Parameters
        ----------
        frame : Columns
            A table to predict from.
        source : str
            What the table is, for messages.

        Raises
        ------
        DataError
            If one is missing or has changed; names it.
        """
        names = set(frame.names)
        for feature in self.features:
            if feature.column not in names:
                raise DataError(
                    f"{source} has no column {feature.column!r}, which the model was trained on"
                )
            kind = frame.kind(feature.column)
            wrong = (
                kind == "text" if feature.part == "number"
                else kind in ("text", "boolean") if feature.part in DATE_PARTS else False
            )
            if wrong:
                wanted = "dates" if feature.part in DATE_PARTS else "numbers"
                raise DataError(
                    f"{source}, column {feature.column!r} holds {kind} values; "
                    f"it held {wanted} when the model was trained"
                )

    @property
    def lookups(self) -> NDArray[np.int64]:
        """How the numbers of a compact row stand for the inputs.

        See :mod:`fastavg.kernels.tabular.compact_rows`.
        """
        every = [transform for feature in self.features for transform in feature.transforms]
        return table_of([each.kind for each in every], [each.width for each in every])

    @property
    def numbers(self) -> int:
        """The numbers of a compact row."""
        kind, _, size, place, *_ = self.lookups[-1].tolist()
        return int(place + numbers_of(kind, size))

    def apply(self, frame: Columns, dtype: DTypeLike = "float32") -> NDArray[np.floating]:
        """The inputs (n_rows, width) of a table's rows, by NumPy alone.

        Parameters
        ----------
        frame : Columns
            The table.
        dtype : dtype, default 'float32'
            float32 or float64.

        Raises
        ------
        DataError
            If a column is missing or has changed, or a number is infinite.
        """
        out = np.empty((len(frame), self.width), dtype)
        at = 0
        for feature, column in zip(self.features, self.values(frame), strict=True):
            for transform in feature.transforms:
                out[:, at : at + transform.width] = transform.apply(column)
                at += transform.width
        return out

    def compact(self, frame: Columns, dtype: DTypeLike = "float32") -> NDArray[np.floating]:
        """Compact rows (n_rows, numbers) that stand for the inputs, compiled.

        Parameters
        ----------
        frame : Columns
            The table.
        dtype : dtype, default 'float32'
            float32 or float64.

        Raises
        ------
        DataError
            If a column is missing or has changed, or a number is infinite.
        """
        out = np.empty((len(frame), self.numbers), dtype)
        self.write(self.values(frame), 0, len(frame), out)
        return out

    def values(self, frame: Columns) -> list[NDArray[Any]]:
        """Numbers or codes of each feature, which :meth:`write` encodes.

        Parameters
        ----------
        frame : Columns
            The table.

        Returns
        -------
        list of array (n_rows,)
            float64 with NaN for missing numbers, or int32 with -1 for missing categories.

        Raises
        ------
        DataError
            If a column is missing or has changed, or a number is infinite.
        """
        self.check(frame, getattr(frame, "source", "the table"))
        return [_values(frame, feature) for feature in self.features]

    def write(
        self, values: list[NDArray[Any]], start: int, stop: int, out: NDArray[np.floating]
    ) -> None:
        """Make some compact rows.

        Parameters
        ----------
        values : list of array (n_rows,)
            What :meth:`values` gave.
        start, stop : int
            The first row, and the one after the last.
        out : array (stop - start, numbers) of float32 or float64
            Receives them.
        """
        at = 0
        for feature, column in zip(self.features, values, strict=True):
            for transform in feature.transforms:
                transform.write(column[start:stop], out, at)
                at += numbers_of(transform.kind, transform.width)


def fit_encoder(
    frame: Columns, plan: ColumnPlan, y: NDArray[Any], task: str, encoding: Encoding,
    counted: Mapping[str, LevelCounts] | None = None,
) -> TableEncoder:
    """Fit all transforms to the training rows.

    Parameters
    ----------
    frame : Columns
        The training rows.
    plan : ColumnPlan
        What every column is.
    y : array (n_rows,)
        Class numbers, or numbers; edges of bins stand where they change.
    task : str
        ``class`` or ``number``.
    encoding : Encoding
        How columns become inputs.
    counted : mapping of str to LevelCounts, optional
        Of a frame that is a sample: the levels of all training rows, by column.

    Returns
    -------
    TableEncoder
        The transforms of all columns that tell rows apart.

    Raises
    ------
    DataError
        If a number is infinite.
    ConfigError
        If nothing is left to learn from.
    """
    features = []
    for column in plan.used:
        for part in _parts(column):
            if part in CATEGORIES:
                levels = _counted(frame, column.name, part, counted or {})
                made = fit_counted(levels, encoding.least_rows)
                transforms: tuple[Transform, ...] = () if made is None else (made,)
            else:
                numbers = part_of(frame.numbers(column.name), part)
                transforms = _fit_number(numbers, y, task, encoding)
            if transforms:
                features.append(Feature(column.name, part, transforms))
    if not features:
        raise ConfigError("no column is left to learn from: every one has a single value")
    return TableEncoder(tuple(features))


def _fit_number(
    numbers: NDArray[np.float64], y: NDArray[Any], task: str, encoding: Encoding
) -> tuple[Transform, ...]:
    missing = np.isnan(numbers)
    seen = numbers[~missing]
    if not len(seen) or seen.min() == seen.max():
        return (MissingIndicator(),) if len(seen) and missing.any() else ()
    made: list[Transform] = [
        fit_quantile(numbers) if encoding.scale == "quantile"
        else fit_scaled(encoding.scale, numbers)
    ]
    if missing.any():
        made.append(MissingIndicator())
    if encoding.tree_bins or encoding.quantile_bins:
        bins = fit_piecewise_linear(numbers, y, task, encoding.tree_bins, encoding.quantile_bins)
        if bins is not None:
            made.append(bins)
    return tuple(made)


def _parts(column: PlannedColumn) -> tuple[str, ...]:
    if column.kind == "date":
        return DATE_PARTS
    return ("known",) if column.kind == "id" else (column.kind,)


def _values(frame: Columns, feature: Feature) -> NDArray[Any]:
    if feature.part not in CATEGORIES:
        return part_of(frame.numbers(feature.column), feature.part)
    codes, levels = _categories(frame, feature.column, feature.part)
    # From this table's codes to those of training.
    known = {level: at for at, level in enumerate(feature.levels)}
    places = np.array([*(known.get(level, len(known)) for level in levels), -1], np.int32)
    return places[codes]


def _categories(frame: Columns, name: str, part: str) -> Levels:
    codes, levels = frame.categories(name)
    if part == "known":
        return Levels(np.minimum(codes, 0).astype(np.int32), ["known"])
    return Levels(codes, levels)


def _counted(
    frame: Columns, name: str, part: str, counted: Mapping[str, LevelCounts]
) -> LevelCounts:
    found = counted.get(name)
    if found is None:
        return counts_of(_categories(frame, name, part))
    if part != "known":
        return found
    known = found.rows - found.missing
    return LevelCounts(["known"], np.array([known]), found.missing, different=1)
