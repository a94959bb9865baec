"""A group of rows of a columnar file, as rows of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.errors import DataError

# Numbers from which on it is worth while to load the compiled transposition.
MANY = 1 << 18


class OpenedGroup:
    """A row group that was read, of which rows are taken some at a time.

    Parameters
    ----------
    table : pyarrow.Table
        All of its columns.
    names : sequence of str
        The features.

    Attributes
    ----------
    numbers : list of array or None
        The features' columns, if all of them are float32 or float64 without holes: to ask
        pyarrow for each again would take longer than to copy some rows.
    """

    def __init__(self, table: Any, names: Sequence[str]) -> None:
        import pyarrow as pa

        self.table, self._names = table, names
        # By name, pyarrow would look through all columns for each.
        places = {name: at for at, name in enumerate(table.column_names)}
        columns = [table.column(places[name]) for name in names]
        plain = {pa.float32(), pa.float64()}
        kinds = {column.type for column in columns}
        self.numbers: list[NDArray[Any]] | None = None
        if kinds <= plain and not any(column.null_count for column in columns):
            self.numbers = [column.to_numpy() for column in columns]
        self._dtype = np.float32 if kinds == {pa.float32()} else np.float64

    def matrix(self, frame: Frame, start: int, stop: int) -> NDArray[np.floating]:
        """Some rows as a matrix of float32 if all columns are, else float64.

        Parameters
        ----------
        frame : Frame
            The same rows, which know their places in the file.
        start, stop : int
            The first row, counted within the group, and the one after the last.

        Raises
        ------
        DataError
            If a number is missing or not finite; names file, row and column.
        """
        shape = stop - start, len(self._names)
        if self.numbers is not None and shape[0] * shape[1] >= MANY:
            X = _turned([column[start:stop] for column in self.numbers])
        else:
            X = np.empty(shape, self._dtype)
            for at, name in enumerate(self._names):
                X[:, at] = (
                    frame.numbers(name) if self.numbers is None else self.numbers[at][start:stop]
                )
        # A sum is finite if all its numbers are, but for overflow: then they are looked at.
        with np.errstate(over="ignore", invalid="ignore"):
            total = X.sum()
        if not np.isfinite(total):
            wrong = np.argwhere(~np.isfinite(X))
            if len(wrong):
                row, column = wrong[0].tolist()
                value = X[row, column]
                what = "is empty" if np.isnan(value) else f"holds {value}"
                raise DataError(
                    f"{frame.place(row, self._names[column])} {what}; it must be a finite number, "
                    "or null where none is known"
                )
        return X


def _turned(columns: list[NDArray[Any]]) -> NDArray[np.floating]:
    """Columns as rows.

    Copied one by one, each number of a column would go to another line of the cache.
    """
    from fastavg.kernels.numerics.transpose import transpose

    n_rows, n_columns = len(columns[0]), len(columns)
    flat = np.concatenate(columns)
    rows = np.empty((n_rows, n_columns), flat.dtype)
    transpose(flat, 0, n_rows, n_columns, n_rows, rows.reshape(-1), 0, n_columns)
    return rows
