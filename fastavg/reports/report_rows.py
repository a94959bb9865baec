"""Rows that a report looks at, whatever they came from: columns by name, to be moved about."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame


@dataclass(frozen=True, eq=False)
class ReportRows:
    """Rows with named columns.

    Parameters
    ----------
    X : Frame or array (n_rows, n_features)
        As the model takes them.
    names : tuple of str
        The columns that the model looks at.

    Examples
    --------
    >>> rows = ReportRows(np.array([[1.0, 2.0], [3.0, 4.0]]), ("a", "b"))
    >>> rows.moved("b", np.array([1, 0])).X
    array([[1., 4.],
           [3., 2.]])
    """

    X: Any
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.X)

    def take(self, rows: NDArray[np.integer]) -> ReportRows:
        """Some of the rows.

        Parameters
        ----------
        rows : array (n_taken,) of int
            Their numbers, from 0.

        Returns
        -------
        ReportRows
            In the given order.
        """
        taken = self.X.take(rows) if isinstance(self.X, Frame) else self.X[rows]
        return replace(self, X=taken)

    def moved(self, name: str, order: NDArray[np.integer]) -> ReportRows:
        """The rows with one column's values taken from other rows.

        Parameters
        ----------
        name : str
            The column.
        order : array (n_rows,) of int
            For each row, the row whose value it gets.

        Returns
        -------
        ReportRows
            The other columns stay as they are.
        """
        if isinstance(self.X, Frame):
            table = self.X.columns
            at = table.column_names.index(name)
            column = table.set_column(at, table.schema.field(at), table.column(at).take(order))
            return replace(self, X=replace(self.X, columns=column))
        X = self.X.copy()
        at = self.names.index(name)
        X[:, at] = X[order, at]
        return replace(self, X=X)

    def numbers(self, name: str) -> NDArray[np.float64] | None:
        """A column of numbers or dates; missing values as NaN.

        Parameters
        ----------
        name : str
            The column.

        Returns
        -------
        array (n_rows,) of float64, or None
            None if the column holds words or truth values.
        """
        if isinstance(self.X, Frame):
            return self.X.numbers(name) if self.X.kind(name) in ("number", "date") else None
        return np.asarray(self.X[:, self.names.index(name)], np.float64)

    def levels(self, name: str) -> tuple[NDArray[np.int32], list[str]]:
        """A column as categories.

        Parameters
        ----------
        name : str
            The column.

        Returns
        -------
        tuple of array (n_rows,) of int and list of str
            Each row's place among the levels, -1 where the value is missing.
        """
        if isinstance(self.X, Frame):
            codes, levels = self.X.categories(name)
            return codes, levels
        values, places = np.unique(self.X[:, self.names.index(name)], return_inverse=True)
        return places.astype(np.int32), [f"{value:g}" for value in values.tolist()]
