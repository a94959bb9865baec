"""Parts that lie in pieces, as the partitions of a cluster are: even ranges of the rows of all.

.. code-block:: text

    partitions      [   700 rows    |0|   700 rows    |  600 rows  ]
    parts           [   part 0   |   part 1   |   part 2   | part 3 ]
    ranks           [         rank 0          |        rank 1       ]

The cut depends on the number of rows and of workers alone: it is that of the same rows in one
array, whatever partitions they lie in.  A rank has the pieces that hold the rows of its own parts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together, gather_values, workers_of
from fastavg.data.checks import as_numbers, as_table, check_finite
from fastavg.data.partitions import Cut, even_cut
from fastavg.data.table import Table
from fastavg.errors import DataError


class Piece(NamedTuple):
    """Some consecutive rows.

    Parameters
    ----------
    X : array-like (n, features)
        Inputs, of any real dtype.
    y : array-like (n,) or (n, outputs)
        Targets.
    weights : array-like (n,), optional
        How much each row counts.
    held : array (n,) of bool, optional
        True for rows that are validated on and not trained.
    place : str, default ''
        What messages call it, such as ``partition 3``.
    """

    X: Any
    y: Any
    weights: Any = None
    held: Any = None
    place: str = ""


class Slice(NamedTuple):
    """Some consecutive rows of a partition.

    Parameters
    ----------
    partition : int
        Which one, from 0.
    start, stop : int
        The first row, counted within the partition, and the one after the last.
    """

    partition: int
    start: int
    stop: int


def slices_of(
    lengths: Sequence[int], workers: int, rank: int, size: int
) -> list[Slice]:
    """Where the rows of a rank's own workers lie.

    Parameters
    ----------
    lengths : sequence of int
        Rows of every partition, some of which may be empty.
    workers : int
        Workers of all ranks.
    rank : int
        0 to ``size - 1``.
    size : int
        Number of ranks.

    Raises
    ------
    DataError
        If there are no rows at all.
    ConfigError
        If there are more workers than rows.

    Examples
    --------
    >>> slices_of([4, 0, 4], workers=4, rank=1, size=2)
    [Slice(partition=2, start=0, stop=4)]
    >>> slices_of([3, 5], workers=2, rank=0, size=2)
    [Slice(partition=0, start=0, stop=3), Slice(partition=1, start=0, stop=1)]
    """
    rows = sum(lengths)
    if not rows:
        raise DataError(f"X has no rows in any of its {len(lengths)} partitions")
    first, last = bounds_of(even_cut(rows, workers), rank, size)
    ends = list(itertools.accumulate(lengths))
    found = []
    for number, (end, length) in enumerate(zip(ends, lengths, strict=True)):
        begin = end - length
        start, stop = max(first - begin, 0), min(last - begin, length)
        if start < stop:
            found.append(Slice(number, start, stop))
    return found


def bounds_of(cut: Cut, rank: int, size: int) -> tuple[int, int]:
    """The first row of a rank's own workers, and the one after the last.

    Parameters
    ----------
    cut : Cut
        Of all rows.
    rank : int
        0 to ``size - 1``.
    size : int
        Number of ranks.

    Examples
    --------
    >>> bounds_of(even_cut(10, 4), 1, 2)
    (5, 10)
    """
    held = workers_of(rank, size, len(cut.sizes))
    return sum(cut.sizes[: held.start]), sum(cut.sizes[: held.stop])


class PieceForm(NamedTuple):
    """Columns and dtypes of the rows of all ranks.

    Parameters
    ----------
    n_features : int
        Columns of X.
    weighted : bool
        Whether rows have weights.
    dtype : dtype
        Of X: float32 or float64.
    labels : dtype
        Of y.
    y_columns : int
        Columns of y; 0 for one target a row.
    marked : bool
        Whether rows to validate on are marked.
    """

    n_features: int
    weighted: bool
    dtype: np.dtype[Any]
    labels: np.dtype[Any]
    y_columns: int = 0
    marked: bool = False


class PieceParts:
    """Pieces of arrays as parts; see :class:`fastavg.data.parts.contract.PartSource`.

    Parameters
    ----------
    pieces : sequence of Piece
        The rows of the parts that are here, in their order.
    cut : Cut
        Rows of every part, and the parts that are here.
    form : PieceForm
        Columns and dtypes, the same on all ranks.
    """

    names = None

    def __init__(self, pieces: Sequence[Piece], cut: Cut, form: PieceForm) -> None:
        self._pieces, self._cut, self.form = pieces, cut, form
        self._ends = list(itertools.accumulate(len(piece.X) for piece in pieces))
        self.sizes, self.n_features, self.weighted = cut.sizes, form.n_features, form.weighted

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some rows of a part; see :meth:`PartSource.read`.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        taken = list(self._taken(part, start, stop))
        X = _one([np.asarray(piece.X[rows], self.form.dtype) for piece, rows in taken])
        y = _one([np.asarray(piece.y[rows], self.form.labels) for piece, rows in taken])
        row = sum(self.sizes[:part]) + start
        check_finite(X, "X", row)
        if y.dtype.kind == "f":
            check_finite(y.reshape(len(y), -1), "y", row)
        weights = _one([np.asarray(piece.weights[rows]) for piece, rows in taken]) if (
            self.weighted
        ) else None
        return Table(X, y, None, weights)

    def held(self, part: int) -> NDArray[np.bool_]:
        """True for the rows of a part that are to be validated on.

        Parameters
        ----------
        part : int
            Which part, one that is here.
        """
        taken = self._taken(part, 0, self.sizes[part])
        return _one([np.asarray(piece.held[rows], np.bool_) for piece, rows in taken])

    def _taken(self, part: int, start: int, stop: int) -> Iterable[tuple[Piece, slice]]:
        first = self._cut.start(part)
        for piece, end in zip(self._pieces, self._ends, strict=True):
            begin = end - len(piece.X)
            low, high = max(first + start - begin, 0), min(first + stop, end) - begin
            if low < high:
                yield piece, slice(low, high)


def _one(arrays: list[NDArray[Any]]) -> NDArray[Any]:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def piece_parts(
    pieces: Sequence[Piece], n_rows: int, workers: int, ranks: Communicator
) -> PieceParts:
    """The parts of this rank's workers, as an engine has brought them here; a collective.

    Parameters
    ----------
    pieces : sequence of Piece
        The rows of this rank's own parts, in their order; pieces without rows are skipped.
    n_rows : int
        Rows of all ranks.
    workers : int
        Workers of all ranks.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    ConfigError
        If there are more workers than rows.
    DataError
        On every rank, if a piece cannot be used, or ranks have other columns or kinds of target.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> pieces = [Piece(np.eye(3), [0, 1, 0]), Piece(np.eye(3)[:2], [1, 1])]
    >>> source = piece_parts(pieces, 5, 2, LocalCommunicator())
    >>> source.sizes, source.read(1, 0, 3).y
    ((2, 3), array([0, 1, 1]))
    """
    cut = Cut(even_cut(n_rows, workers).sizes, workers_of(ranks.rank, ranks.size, workers))
    checked: list[Piece] = []
    with failing_together(ranks):
        checked = [_checked(piece) for piece in pieces if np.shape(piece.X)[0]]
        rows = sum(len(piece.X) for piece in checked)
        if rows != cut.held_rows:
            raise DataError(
                f"rank {ranks.rank} has {rows} rows, and the parts of its workers are "
                f"{cut.held_rows} of {n_rows}; the partitions have changed while they were read"
            )
    forms = [form for own in gather_values([_form(piece) for piece in checked], ranks)
             for form in own]
    for form in forms[1:]:
        for name, other, first in zip(FORM, form, forms[0], strict=False):
            if other != first:
                raise DataError(
                    f"{name} of {form[-1] or 'a partition'} is {other}, and of "
                    f"{forms[0][-1] or 'the first one'} {first}; all partitions need the same"
                )
    columns, _, weighted, marked = forms[0][:4]
    labels = np.result_type(*(np.dtype(form[5]) for form in forms))
    single = {form[4] for form in forms} == {np.dtype(np.float32).str}
    return PieceParts(checked, cut, PieceForm(
        columns, weighted, np.dtype(np.float32 if single else np.float64), labels, forms[0][6],
        marked,
    ))


# What has to be the same in all partitions.
FORM = (
    "the number of columns of X", "the kind of y", "whether there is sample_weight",
    "whether rows to validate on are marked",
)


def _form(piece: Piece) -> list[Any]:
    kind = "text" if piece.y.dtype.kind == "U" else "numbers"
    kind = kind if piece.y.ndim == 1 else f"{piece.y.shape[1]} columns of {kind}"
    return [
        piece.X.shape[1], kind, piece.weights is not None, piece.held is not None,
        piece.X.dtype.str, piece.y.dtype.str, 0 if piece.y.ndim == 1 else piece.y.shape[1],
        piece.place,
    ]


def _checked(piece: Piece) -> Piece:
    X, y, place = as_table(piece.X), np.asarray(piece.y), piece.place or "a partition"
    weights, held = (
        None if each is None else np.asarray(each) for each in (piece.weights, piece.held)
    )
    for name, array in (("y", y), ("sample_weight", weights), ("validation_rows", held)):
        if array is not None and array.shape[:1] != (len(X),):
            raise DataError(
                f"{name} of {place} has shape {array.shape} and X {len(X)} rows; each row needs one"
            )
    X = as_numbers(X, f"X of {place}")
    y = np.asarray(y.tolist()) if y.dtype.kind == "O" else y
    if y.dtype.kind not in "fiubU":
        raise DataError(f"y of {place} holds {y.dtype} values; text or numbers can be learnt")
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    return Piece(X, y, weights, held, piece.place)
