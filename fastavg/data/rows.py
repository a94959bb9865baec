"""Rows: what a network is trained on, and one copy of them for all processes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from threading import Event
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.data.partitions import Cut
from fastavg.data.sparse_rows import SparseRows
from fastavg.machine.shared_memory import Segment, shared_kind

Array = NDArray[np.floating]
LINE = 64


class RowReader(Protocol):
    """Reads rows where they lie; travels to the processes of a rank."""

    @property
    def window(self) -> int:
        """Rows that are read, and shuffled, together."""
        ...

    def empty(self, n_rows: int = 0) -> Rows:
        """Memory for so many rows.

        Parameters
        ----------
        n_rows : int, default 0
            How many.
        """
        ...

    def read(self, part: int, start: int, stop: int) -> Rows:
        """Some consecutive training rows of a part, as the network sees them.

        Parameters
        ----------
        part : int
            Which part, one that this rank holds.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        ...


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as the network sees them.

    Parameters
    ----------
    X : array or SparseRows (n_rows, n_features)
        Inputs of the network, float32 or float64.
    Y : array (n_rows, n_targets)
        Class numbers in one column, or numbers; of X's dtype.
    weights : array (n_rows,)
        How much each row counts; empty if all count the same.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Of compact rows, how X's numbers stand for the inputs of the network
        (:mod:`fastavg.kernels.tabular.compact_rows`); without it they are the inputs.
    cut : Cut, optional
        Of rows that lie in parts, of which this rank has its own workers' ones; None if all
        ranks have all rows.
    home : tuple of Segment and RowsForm, optional
        The shared memory that the arrays lie in already; processes need no copy then.
    stream : RowReader, optional
        Of rows that stay in their files: what reads them.  The arrays are empty then.

    Examples
    --------
    >>> rows = Rows(np.eye(3), np.ones((3, 1)), np.zeros(0))
    >>> len(rows), rows.take(np.array([0, 2])).X.shape
    (3, (2, 3))
    """

    X: Array | SparseRows
    Y: Array
    weights: Array
    lookups: NDArray[np.int64] | None = None
    cut: Cut | None = None
    home: tuple[Segment, RowsForm] | None = None
    stream: RowReader | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def arrays(self) -> tuple[NDArray[Any], ...]:
        """All that the rows consist of: X, Y and weights, or three arrays in X's place."""
        X = self.X
        parts = (X.values, X.features, X.spans) if isinstance(X, SparseRows) else (X,)
        return (*parts, self.Y, self.weights)

    @property
    def dense(self) -> Array:
        """X of rows that are not sparse."""
        assert not isinstance(self.X, SparseRows)
        return self.X

    def take(self, chosen: NDArray[np.integer]) -> Rows:
        """Some of the rows.

        Parameters
        ----------
        chosen : array (n_taken,) of int
            Their numbers, in the order that is wanted.

        Returns
        -------
        Rows
            Copies of these rows; sparse ones share their entries.
        """
        weights = self.weights[chosen] if self.weights.size else self.weights
        return Rows(self.X[chosen], self.Y[chosen], weights, self.lookups)


class RowsForm(NamedTuple):
    """Shapes and dtypes of the arrays of rows, which follow each other in a segment.

    Parameters
    ----------
    arrays : tuple of (shape, dtype)
        Of each of :attr:`Rows.arrays`; dtypes as NumPy spells them.
    n_features : int
        Columns of X.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Those of the rows.
    cut : Cut, optional
        That of the rows.
    stream : RowReader, optional
        That of the rows.
    """

    arrays: tuple[tuple[tuple[int, ...], str], ...]
    n_features: int
    lookups: NDArray[np.int64] | None = None
    cut: Cut | None = None
    stream: RowReader | None = None

    def offsets(self) -> list[int]:
        """Where each array starts, and where the last one ends."""
        at = [0]
        for shape, dtype in self.arrays:
            size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
            at.append(at[-1] + -(-size // LINE) * LINE)
        return at

    def rows(self, segment: Segment) -> Rows:
        """The rows, in whichever process.

        Parameters
        ----------
        segment : Segment
            Shared memory that :func:`move_in` has filled.

        Returns
        -------
        Rows
            Views of the segment; no copies.
        """
        *parts, Y, weights = (
            segment.array(at, shape, dtype)
            for at, (shape, dtype) in zip(self.offsets()[:-1], self.arrays, strict=True)
        )
        if len(parts) == 1:
            return Rows(parts[0], Y, weights, self.lookups, self.cut, stream=self.stream)
        values, features, spans = parts
        X = SparseRows(values, features, spans, self.n_features)
        return Rows(X, Y, weights, cut=self.cut)


def room_for(rows: Rows) -> tuple[Segment, RowsForm]:
    """Shared memory for rows: what they lie in already, or a segment that is new.

    Parameters
    ----------
    rows : Rows
        What the processes are to share.

    Returns
    -------
    tuple of Segment and RowsForm
        The segment, and how to find the rows in it once :func:`move_in` has copied them; the
        caller closes it.

    Raises
    ------
    OutOfMemory
        If they would not fit; says how much there is.
    """
    if rows.home is not None and rows.home[0].is_open:
        return rows.home
    form = RowsForm(
        tuple((array.shape, array.dtype.str) for array in rows.arrays), rows.X.shape[1],
        rows.lookups, rows.cut, rows.stream,
    )
    return Segment.create(form.offsets()[-1], shared_kind()), form


def move_in(rows: Rows, segment: Segment, form: RowsForm, unwanted: Event | None = None) -> None:
    """Copy rows into the segment that there is for them, unless they lie in it.

    Parameters
    ----------
    rows : Rows
        What the processes are to share.
    segment, form : Segment, RowsForm
        As :func:`room_for` gives them.
    unwanted : threading.Event, optional
        Once it is set, which another thread may do, the rest is not copied any more.
    """
    if rows.home is not None and rows.home[0] is segment:
        return
    for offset, array in zip(form.offsets()[:-1], rows.arrays, strict=True):
        segment.write(offset, array, unwanted)


def empty_rows(cut: Cut, n_features: int, n_targets: int, dtype: str, weighted: bool) -> Rows:
    """Memory for the rows of some parts, in a segment that processes share.

    Parameters
    ----------
    cut : Cut
        Rows of every part, and the parts that are here.
    n_features, n_targets : int
        Columns of X and Y.
    dtype : str
        ``float32`` or ``float64``.
    weighted : bool
        Whether rows have weights.

    Returns
    -------
    Rows
        Zeros, to be overwritten.

    Raises
    ------
    OutOfMemory
        If they would not fit; says how much there is.
    """
    n, kind = cut.held_rows, np.dtype(dtype).str
    form = RowsForm(
        (((n, n_features), kind), ((n, n_targets), kind), ((n if weighted else 0,), kind)),
        n_features, cut=cut,
    )
    segment = Segment.create(form.offsets()[-1], shared_kind())
    return replace(form.rows(segment), home=(segment, form))
