"""The rows of a rank: all of them, or those of its own workers alone.

Sampling from all rows needs all rows on every rank.  Where the cluster has handed all of
them to each rank there is nothing to do; where each rank has a part of its own the parts
travel between the ranks as weights do.  With ``sampling="partitions"`` rows stay: a rank has
:class:`OwnRows`, and no other rank sees them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import broadcast
from fastavg.data.checks import as_numbers, as_table
from fastavg.data.names import names_of
from fastavg.data.partitions import even_cut
from fastavg.data.parts.piece_parts import Piece, bounds_of
from fastavg.errors import DataError


@dataclass(frozen=True, eq=False)
class Part:
    """Rows that a rank has.

    Parameters
    ----------
    X : array-like (n, features)
        Inputs.
    y : array-like (n,) or (n, outputs)
        Targets.
    weights : array-like (n,), optional
        How much each row counts.
    held : array (n,) of bool, optional
        True for rows that are validated on and not trained.
    order : array (n,) of int64, optional
        Where each row belongs in the whole; given if other ranks have the rest.

    Examples
    --------
    >>> Part(np.eye(2), np.array([0, 1])).order is None
    True
    """

    X: Any
    y: Any
    weights: Any = None
    held: NDArray[np.bool_] | None = None
    order: NDArray[np.int64] | None = None


@dataclass(frozen=True, eq=False)
class OwnRows:
    """Rows that a rank has for its own workers alone.

    Parameters
    ----------
    pieces : sequence of Piece
        In the order of the whole, as :func:`fastavg.data.parts.piece_parts.slices_of` says.
    n_rows : int
        Rows of all ranks.

    Examples
    --------
    >>> OwnRows([Piece(np.eye(2), np.array([0, 1]))], n_rows=4).n_rows
    4
    """

    pieces: Sequence[Piece]
    n_rows: int


def cut_for_ranks(part: Part, workers: int, ranks: int) -> list[OwnRows]:
    """For each rank the rows of its own workers, from all rows.

    Parameters
    ----------
    part : Part
        All rows, in their order.
    workers : int
        Workers of all ranks.
    ranks : int
        How many.

    Returns
    -------
    list of OwnRows
        Views of the rows, not copies.

    Raises
    ------
    DataError
        If X is no matrix of numbers, or the targets or weights are not one for each row.
    ConfigError
        If there are more workers than rows.

    Examples
    --------
    >>> [own.pieces[0].y.tolist() for own in cut_for_ranks(Part(np.eye(3), [5, 6, 7]), 3, 2)]
    [[5], [6, 7]]
    """
    X = as_numbers(as_table(part.X), "X", names_of(part.X))
    named = {"y": part.y, "sample_weight": part.weights}
    arrays = {name: np.asarray(each) for name, each in named.items() if each is not None}
    for name, each in arrays.items():
        if each.shape[:1] != (len(X),):
            raise DataError(
                f"{name} has shape {each.shape} and X {len(X)} rows; each row needs one"
            )
    cut, found = even_cut(len(X), workers), []
    for rank in range(ranks):
        own = slice(*bounds_of(cut, rank, ranks))
        y, weights = (arrays[name][own] if name in arrays else None for name in named)
        found.append(OwnRows([Piece(X[own], y, weights)], len(X)))
    return found


def joined(
    X: Sequence[Any], y: Sequence[Any], weights: Sequence[Any] | None = None
) -> Part:
    """All rows, from pieces of them in order.

    Parameters
    ----------
    X : sequence of array (n, features)
        Inputs; pieces without rows are skipped.
    y : sequence of array
        Targets of the same pieces.
    weights : sequence of array, optional
        Of the rows.

    Returns
    -------
    Part
        All of them.

    Raises
    ------
    DataError
        If there is not a single row, or pieces differ in their columns or kinds of values; names
        the piece as a partition.

    Examples
    --------
    >>> joined([np.eye(2), np.zeros((0, 2)), np.eye(2)], [[0, 1], [], [1, 1]]).X.shape
    (4, 2)
    """
    full = [number for number, rows in enumerate(X) if np.shape(rows)[0]]
    if not full:
        raise DataError(f"X has no rows in any of its {len(X)} partitions")
    for name, pieces in (("X", X), ("y", y)):
        _check_alike(name, {number: np.asarray(pieces[number]) for number in full})
    return Part(*(
        None if pieces is None else
        pieces[full[0]] if len(full) == 1 else np.concatenate([pieces[n] for n in full])
        for pieces in (X, y, weights)
    ))


def _check_alike(name: str, pieces: dict[int, NDArray[Any]]) -> None:
    forms = {number: (piece.shape[1:], _kind(piece)) for number, piece in pieces.items()}
    first, known = next(iter(forms.items()))
    for number, (columns, kind) in forms.items():
        if columns != known[0]:
            raise DataError(
                f"{name} of partition {number} has {_columns(columns)}, and of partition {first} "
                f"{_columns(known[0])}; all partitions need the same"
            )
        if kind != known[1]:
            raise DataError(
                f"{name} of partition {number} holds {kind}, and of partition {first} {known[1]}; "
                "all partitions need the same"
            )


def _columns(shape: tuple[int, ...]) -> str:
    return f"{shape[0]} columns" if shape else "one number a row"


def _kind(piece: NDArray[Any]) -> str:
    if piece.dtype.kind != "O":
        return "numbers" if piece.dtype.kind in "fiub" else "text"
    return "text" if any(isinstance(value, str) for value in piece.flat) else "numbers"


def whole(part: Part, ranks: Communicator) -> Part:
    """The rows of all ranks, in their order, on each rank; a collective if ``order`` is given.

    Parameters
    ----------
    part : Part
        Of this rank.
    ranks : Communicator
        Between the ranks.

    Returns
    -------
    Part
        ``part`` itself if it has no order.

    Raises
    ------
    DataError
        If the ranks' rows have other shapes or dtypes, or there are none.
    """
    if part.order is None:
        return part
    names = [each.name for each in fields(Part) if getattr(part, each.name) is not None]
    gathered = {name: _gather(name, np.asarray(getattr(part, name)), ranks) for name in names}
    order = np.argsort(gathered["order"], kind="stable")
    if not len(order):
        raise DataError(f"the data set has no rows in any of its {ranks.size} partitions")
    return Part(**{name: rows[order] for name, rows in gathered.items()})


def _gather(name: str, rows: NDArray[Any], ranks: Communicator) -> NDArray[Any]:
    own = json.dumps([*rows.shape, rows.dtype.str]).encode()
    shapes = [json.loads(broadcast(own, ranks, root)) for root in range(ranks.size)]
    # A rank without rows cannot know how many columns they have.
    full = [(root, shape) for root, shape in enumerate(shapes) if shape[0]]
    for root, shape in full[1:]:
        if shape[1:] != full[0][1][1:]:
            raise DataError(
                f"{name} has columns and dtype {shape[1:]} on rank {root} and {full[0][1][1:]} on "
                f"rank {full[0][0]}; all partitions need the same"
            )
    if not full:
        return rows
    columns, dtype = full[0][1][1:-1], np.dtype(full[0][1][-1])
    found: NDArray[Any] = np.empty((sum(shape[0] for _, shape in full), *columns), dtype)
    at = 0
    for root, shape in full:
        piece = found[at : at + shape[0]]
        if ranks.rank == root:
            piece[:] = rows
        # A view of the bytes: labels may be strings, which no communicator knows.
        ranks.broadcast(piece.reshape(-1).view(np.uint8), root)
        at += shape[0]
    return found
