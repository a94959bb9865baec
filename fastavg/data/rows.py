"""Rows: what a network is trained on, and one copy of them for all processes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.machine.shared_memory import Segment, shared_kind

Array = NDArray[np.floating]
LINE = 64


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as the network sees them.

    Parameters
    ----------
    X : array (n_rows, n_features)
        Inputs of the network, float32 or float64.
    Y : array (n_rows, n_targets)
        Class numbers in one column, or numbers; of X's dtype.
    weights : array (n_rows,)
        How much each row counts; empty if all count the same.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Of compact rows, how X's numbers stand for the inputs of the network
        (:mod:`fastavg.kernels.tabular.compact_rows`); without it they are the inputs.

    Examples
    --------
    >>> rows = Rows(np.eye(3), np.ones((3, 1)), np.zeros(0))
    >>> len(rows), rows.take(np.array([0, 2])).X.shape
    (3, (2, 3))
    """

    X: Array
    Y: Array
    weights: Array
    lookups: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.X)

    def take(self, chosen: NDArray[np.integer]) -> Rows:
        """Some of the rows.

        Parameters
        ----------
        chosen : array (n_taken,) of int
            Their numbers, in the order that is wanted.

        Returns
        -------
        Rows
            Copies of these rows.
        """
        weights = self.weights[chosen] if self.weights.size else self.weights
        return Rows(self.X[chosen], self.Y[chosen], weights, self.lookups)


class RowsForm(NamedTuple):
    """Shapes and dtype of X, Y and weights, which follow each other in a segment.

    Parameters
    ----------
    shapes : tuple of tuple of int
        The shape of each array.
    dtype : str
        Of all of them, as NumPy spells it.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Those of the rows.
    """

    shapes: tuple[tuple[int, ...], ...]
    dtype: str
    lookups: NDArray[np.int64] | None = None

    def offsets(self) -> list[int]:
        """Where each array starts, and where the last one ends."""
        at = [0]
        for shape in self.shapes:
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(self.dtype).itemsize
            at.append(at[-1] + -(-size // LINE) * LINE)
        return at

    def views(self, segment: Segment) -> list[NDArray[np.floating]]:
        """The arrays, in whichever process.

        Parameters
        ----------
        segment : Segment
            Shared memory that :func:`share` has filled.

        Returns
        -------
        list of array
            X, Y and weights; no copies.
        """
        return [
            segment.array(at, shape, self.dtype)
            for at, shape in zip(self.offsets()[:-1], self.shapes, strict=True)
        ]


def share(rows: Rows) -> tuple[Segment, RowsForm]:
    """Copy rows into a new shared segment.

    Parameters
    ----------
    rows : Rows
        What the processes are to share.

    Returns
    -------
    tuple of Segment and RowsForm
        The segment, and how to find the arrays in it; the caller closes it.
    """
    arrays = (rows.X, rows.Y, rows.weights)
    form = RowsForm(tuple(array.shape for array in arrays), rows.X.dtype.str, rows.lookups)
    segment = Segment.create(form.offsets()[-1], shared_kind())
    for view, array in zip(form.views(segment), arrays, strict=True):
        view[...] = array
    return segment, form
