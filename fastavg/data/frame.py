"""Typed columns by name: what a file with a header, or a DataFrame, becomes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.names import SHOWN, no_such_column
from fastavg.data.spelling import level_name, parse_number
from fastavg.data.table import Table, as_labels
from fastavg.errors import ConfigError, DataError


class BadRow(NamedTuple):
    """A row of a file that could not be read and was left out.

    Parameters
    ----------
    file : str
        The file's path.
    line : int
        The line on which the row begins, counted from 1.
    reason : str
        What is wrong with it.
    """

    file: str
    line: int
    reason: str


class Levels(NamedTuple):
    """A column of categories: ``levels[codes]``, where a code of -1 is a missing value.

    Parameters
    ----------
    codes : array (n_rows,) of int32
        Each row's place in ``levels``; -1 for a missing value.
    levels : list of str
        The categories.
    """

    codes: NDArray[np.int32]
    levels: list[str]


@dataclass(frozen=True, eq=False)
class Frame:
    """Columns of numbers, text, truth values and dates, with missing values.

    Parameters
    ----------
    columns : pyarrow.Table
        The columns.
    source : str
        Where they come from, for messages.
    notes : tuple of str
        What was found out about the file: separator, encoding, ...
    skipped : tuple of BadRow
        Rows that were left out.
    where : callable, optional
        File and line of a row, for messages; rows count from 0.

    Examples
    --------
    >>> from fastavg.data.frame_sources import frame_of
    >>> frame = frame_of({"age": [31, None], "town": ["Ulm", "Bonn"]})
    >>> frame.numbers("age")
    array([31., nan])
    >>> frame.categories("town")
    Levels(codes=array([0, 1], dtype=int32), levels=['Ulm', 'Bonn'])
    """

    columns: Any
    source: str = "the table"
    notes: tuple[str, ...] = ()
    skipped: tuple[BadRow, ...] = ()
    where: Callable[[int], str] | None = None

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in their order."""
        return tuple(self.columns.column_names)

    def require(self, name: str) -> None:
        """Nothing, if there is such a column.

        Parameters
        ----------
        name : str
            A column's name.

        Raises
        ------
        ConfigError
            If there is none; lists those that there are.
        """
        if name not in self.columns.column_names:
            raise no_such_column(self.source, name, self.names)

    def kind(self, name: str) -> str:
        """``number``, ``boolean``, ``date``, ``text`` or ``empty``, by the column's type.

        Parameters
        ----------
        name : str
            A column's name.

        Raises
        ------
        DataError
            If its values are of another type, such as lists.
        """
        import pyarrow as pa

        type_ = self.columns.schema.field(name).type
        if pa.types.is_dictionary(type_):
            return "text"
        for kind, tests in (
            ("boolean", (pa.types.is_boolean,)),
            ("number", (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal,
                        pa.types.is_time, pa.types.is_duration)),
            ("date", (pa.types.is_date, pa.types.is_timestamp)),
            ("empty", (pa.types.is_null,)),
            ("text", (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)),
        ):
            if any(test(type_) for test in tests):
                return kind
        raise DataError(
            f"{self.source}, column {name!r} holds {type_} values; "
            "numbers, text, truth values and dates are what fastavg takes"
        )

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A column as float64, missing values as NaN; dates as days since 1970.

        Parameters
        ----------
        name : str
            A column's name.

        Raises
        ------
        DataError
            If a value is text that is no number, or infinite; names row and column.
        """
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.columns.column(name)
        kind = self.kind(name)
        if kind == "date":
            stamps = pc.cast(values, pa.timestamp("us"), safe=False)
            return _doubles(pc.cast(stamps, pa.int64())) / 86_400e6
        if kind == "text":
            return self._parsed(name)
        if pa.types.is_time(values.type) or pa.types.is_duration(values.type):
            values = pc.cast(values, pa.int32() if values.type.bit_width == 32 else pa.int64())
        numbers = _doubles(pc.cast(values, pa.float64(), safe=False))
        infinite = np.isinf(numbers)
        if infinite.any():
            row = int(np.flatnonzero(infinite)[0])
            raise DataError(
                f"{self.place(row, name)} holds {numbers[row]}; every number must be finite"
            )
        return numbers

    def categories(self, name: str) -> Levels:
        """A column as levels of text, in the order in which they first occur; see :meth:`kind`."""
        import pyarrow as pa
        import pyarrow.compute as pc

        values = self.columns.column(name)
        if self.kind(name) == "empty":
            return Levels(np.full(len(self), -1, np.int32), [])
        if pa.types.is_dictionary(values.type):
            values = pc.cast(values, values.type.value_type)
        coded = pc.dictionary_encode(values).combine_chunks()
        if isinstance(coded, pa.ChunkedArray):
            coded = pa.concat_arrays(coded.unify_dictionaries().chunks) if coded.num_chunks else (
                pa.DictionaryArray.from_arrays(pa.array([], pa.int32()), pa.array([], pa.string()))
            )
        codes = _plain(coded.indices)
        if coded.null_count:
            codes[~_valid(coded.indices)] = -1
        levels = [level_name(level) for level in coded.dictionary.to_pylist()]
        return Levels(codes.astype(np.int32, copy=False), levels)

    def values(self, name: str) -> NDArray[Any]:
        """A column in its own type: integers stay exact, text is NumPy text.

        Parameters
        ----------
        name : str
            A column's name.

        Raises
        ------
        DataError
            If a value is missing; names row and column.
        """
        column = self.columns.column(name)
        if column.null_count:
            row = int(np.flatnonzero(~_valid(column))[0])
            raise DataError(f"{self.place(row, name)} is empty; every row needs a value there")
        if self.kind(name) in ("text", "date"):
            codes, levels = self.categories(name)
            return np.asarray(levels)[codes]
        return np.asarray(column.to_numpy())

    def truth(self, target: str | None) -> NDArray[Any]:
        """The target column's values.

        Parameters
        ----------
        target : str or None
            The target column's name.

        Raises
        ------
        ConfigError
            If no target was named, or there is no such column; lists the columns.
        DataError
            If a value is missing; names row and column.
        """
        if target is None:
            listed = ", ".join(self.names)[:SHOWN]
            raise ConfigError(f"{self.source} has no target; --target names it, one of {listed}")
        self.require(target)
        return self.values(target)

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Which rows have no value in a column; see :meth:`kind`."""
        column = self.columns.column(name)
        return ~_valid(column) | (
            np.isnan(self.numbers(name)) if self.kind(name) == "number" else False
        )

    def take(self, rows: NDArray[np.integer]) -> Frame:
        """Some of the rows, in the given order.

        Parameters
        ----------
        rows : array (n_taken,) of int
            Their numbers, from 0.
        """
        where = self.where
        return replace(
            self, columns=self.columns.take(rows),
            where=None if where is None else lambda row: where(int(rows[row])),
        )

    def slice(self, start: int, stop: int) -> Frame:
        """The rows from one to another, without a copy.

        Parameters
        ----------
        start, stop : int
            The first row, and the one after the last; there may be fewer.
        """
        where = self.where or (lambda row: f"{self.source}, row {row}")
        return replace(
            self, columns=self.columns.slice(start, stop - start),
            where=lambda row: where(start + row),
        )

    def select(self, names: Sequence[str]) -> Frame:
        """Some of the columns, in the given order.

        Parameters
        ----------
        names : sequence of str
            The columns' names.
        """
        return replace(self, columns=self.columns.select(list(names)))

    def without(self, *names: str) -> Frame:
        """All columns but these.

        Parameters
        ----------
        *names : str
            The names of columns to leave out; those that the frame lacks change nothing.
        """
        return self.select([name for name in self.names if name not in names])

    def place(self, row: int, name: str) -> str:
        """Where a value stands: file, line (or row) and column.

        Parameters
        ----------
        row : int
            The row's number, from 0.
        name : str
            The column's name.
        """
        where = f"{self.source}, row {row}" if self.where is None else self.where(row)
        return f"{where}, column {name!r}"

    def arrays(self, target: str | None) -> Table:
        """Columns of numbers as a matrix; the target column is y.

        Parameters
        ----------
        target : str or None
            The target column's name; None if there is no target.

        Raises
        ------
        DataError
            If a value is missing or no finite number.
        ConfigError
            If there is no such target column.
        """
        if target is not None:
            self.require(target)
        names = tuple(name for name in self.names if name != target)
        if not names:
            raise DataError(f"{self.source} has no column beside the target {target!r}")
        X = np.empty((len(self), len(names)), order="F")
        for at, name in enumerate(names):
            X[:, at] = self.numbers(name)
            holes = np.isnan(X[:, at])
            if holes.any():
                row = int(np.flatnonzero(holes)[0])
                raise DataError(f"{self.place(row, name)} is empty; it must be a finite number")
        y = None if target is None else self.values(target)
        if y is not None and y.dtype.kind == "f":
            y = as_labels(y)
        return Table(np.ascontiguousarray(X), y, names)

    def _parsed(self, name: str) -> NDArray[np.float64]:
        codes, levels = self.categories(name)
        numbers = np.full(len(levels) + 1, np.nan)
        for at, level in enumerate(levels):
            try:
                numbers[at] = parse_number(level)
            except ValueError:
                row = int(np.flatnonzero(codes == at)[0])
                raise DataError(
                    f"{self.place(row, name)} holds {level[:40]!r}; it must be a finite number"
                ) from None
        return numbers[codes]


def _doubles(column: Any) -> NDArray[np.float64]:
    numbers = _plain(column).astype(np.float64, copy=False)
    if column.null_count:
        numbers[~_valid(column)] = np.nan
    return numbers


def _valid(column: Any) -> NDArray[np.bool_]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return _plain(pc.cast(pc.is_valid(column), pa.uint8())).view(np.bool_)


def _plain(column: Any) -> NDArray[Any]:
    """Numbers as an array of their own; anything where one is missing.

    Arrow's own ``to_numpy`` and ``fill_null`` import pandas, which takes longer than many
    predictions.
    """
    import pyarrow as pa

    chunks = getattr(column, "chunks", [column]) or [column.combine_chunks()]
    return np.concatenate([
        np.from_dlpack(pa.Array.from_buffers(
            chunk.type, len(chunk), [None, chunk.buffers()[1]], offset=chunk.offset
        ))
        for chunk in chunks
    ])
