"""Parts that are arrays in memory: cut from a whole, or given by whoever holds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together, gather_values, workers_of
from fastavg.data.checks import as_table, check_finite
from fastavg.data.partitions import even_cut
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError


class ArrayParts:
    """Arrays as parts; see :class:`fastavg.data.parts.contract.PartSource`.

    Parameters
    ----------
    tables : sequence of Table
        The parts that are here, in the order of their numbers, with y.
    held : range
        Their numbers.
    sizes : tuple of int
        Rows of every part, of all ranks.
    n_features : int
        Columns of X.
    weighted : bool
        Whether rows have weights.

    Examples
    --------
    >>> parts = whole_as_parts(Table(np.eye(4), np.arange(4)), workers=2)
    >>> parts.read(1, 0, 2).y
    array([2, 3])
    """

    def __init__(
        self, tables: Sequence[Table], held: range, sizes: tuple[int, ...], n_features: int,
        weighted: bool,
    ) -> None:
        self._tables = dict(zip(held, tables, strict=True))
        self.sizes, self.n_features, self.weighted = sizes, n_features, weighted
        self.names = tables[0].feature_names if tables else None

    def read(self, part: int, start: int, stop: int) -> Table:
        """Views of some rows of a part; see :meth:`PartSource.read`.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        table = self._tables[part]
        X, y, weights = table.X[start:stop], table.y, table.weights
        assert y is not None
        y = y[start:stop]
        check_finite(X, f"X of part {part}", start)
        if y.dtype.kind == "f":
            check_finite(y.reshape(len(y), -1), f"y of part {part}", start)
        return Table(
            X, y, table.feature_names,
            None if weights is None else weights[start:stop],
        )


def whole_as_parts(table: Table, workers: int) -> ArrayParts:
    """All rows, cut into even parts of consecutive rows.

    Parameters
    ----------
    table : Table
        X, y and weights of all rows.
    workers : int
        How many parts.

    Raises
    ------
    ConfigError
        If there are more workers than rows.
    """
    cut = even_cut(len(table.X), workers)
    y, weights = table.y, table.weights
    assert y is not None
    tables = []
    for part in cut.held:
        rows = slice(cut.start(part), cut.start(part) + cut.sizes[part])
        tables.append(Table(
            table.X[rows], y[rows], table.feature_names,
            None if weights is None else weights[rows],
        ))
    return ArrayParts(
        tables, cut.held, cut.sizes, table.X.shape[1], weights is not None
    )


def own_parts(
    parts: Sequence[tuple[Any, ...]], workers: int, ranks: Communicator
) -> ArrayParts:
    """The parts of this rank's workers, as an engine or a program has them; a collective.

    Parameters
    ----------
    parts : sequence of tuple (X, y) or (X, y, sample_weight)
        One for each worker of this rank, ``workers_of(rank, size, workers)``, in their order;
        empty on a rank without a worker.
    workers : int
        Workers of all ranks.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    ConfigError
        If there are more or fewer parts than workers of this rank.
    DataError
        If a part cannot be used, or ranks have other columns or kinds of target.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> source = own_parts([(np.eye(3), [0, 1, 0]), (np.eye(3)[:2], [1, 1])], 2,
    ...                    LocalCommunicator())
    >>> source.sizes
    (3, 2)
    """
    held = workers_of(ranks.rank, ranks.size, workers)
    tables: list[Table] = []
    with failing_together(ranks):
        if len(parts) != len(held):
            raise ConfigError(
                f"rank {ranks.rank} has {len(parts)} parts and runs {len(held)} of {workers} "
                "workers; it needs a part for each of them"
            )
        tables = [_table(number, *part) for number, part in zip(held, parts, strict=True)]
    forms = [
        (part, len(each.X), each.X.shape[1], _kind(each), each.weights is not None)
        for part, each in zip(held, tables, strict=True)
    ]
    everyone = [form for rank in gather_values(forms, ranks) for form in rank]
    _, _, columns, kind, weighted = everyone[0]
    for part, _, others, other_kind, has_weights in everyone:
        if others != columns:
            raise DataError(
                f"part {part} has {others} columns and part 0 has {columns}; all parts need the "
                "same"
            )
        if other_kind != kind:
            raise DataError(
                f"the target of part {part} holds {other_kind} and that of part 0 {kind}; all "
                "parts need the same kind"
            )
        if has_weights != weighted:
            raise DataError(
                f"part {part if has_weights else 0} has sample_weight and part "
                f"{0 if has_weights else part} has none; give it for all parts, or for none"
            )
    return ArrayParts(tables, held, tuple(form[1] for form in everyone), columns, weighted)


def _table(
    part: int, X: Any, y: Any, sample_weight: Any = None
) -> Table:
    X, y = as_table(X), np.asarray(y)
    weights: NDArray[Any] | None = None if sample_weight is None else np.asarray(sample_weight)
    for name, array in (("y", y), ("sample_weight", weights)):
        if array is not None and array.shape[:1] != (len(X),):
            raise DataError(
                f"part {part}: {name} has shape {array.shape} and X {len(X)} rows; each row needs "
                "one"
            )
    if y.dtype.kind == "O":
        y = np.asarray(y.tolist())
    return Table(X, y, None, weights)


def _kind(table: Table) -> str:
    assert table.y is not None
    kind = "text" if table.y.dtype.kind == "U" else "numbers"
    return kind if table.y.ndim == 1 else f"{table.y.shape[1]} columns of {kind}"
