"""The rows of a rank's parts in its memory, as the network sees them."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together
from fastavg.data.checks import check_finite
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.rows import Rows, empty_rows
from fastavg.data.table import Table
from fastavg.errors import DataError
from fastavg.machine.shared_memory import OutOfMemory


class RowMaker(Protocol):
    """From rows as they came to rows as the network sees them."""

    @property
    def n_targets(self) -> int:
        """Columns of the targets."""
        ...

    def features(self, table: Table, dtype: str) -> NDArray[np.floating]:
        """X of some rows.

        Parameters
        ----------
        table : Table
            Rows as they came.
        dtype : str
            ``float32`` or ``float64``.
        """
        ...

    def targets(self, table: Table, standardise: bool) -> NDArray[np.float64]:
        """y of some rows, (n_rows, n_targets).

        Parameters
        ----------
        table : Table
            Rows as they came.
        standardise : bool
            Whether numbers are scaled.
        """
        ...

    def weights(self, table: Table, balanced: bool) -> NDArray[Any] | None:
        """How much each row counts; None if all count the same.

        Parameters
        ----------
        table : Table
            Rows as they came.
        balanced : bool
            Whether all classes are to weigh the same.
        """
        ...


def load_rows(
    parts: RankParts, maker: RowMaker, dtype: str, standardise: bool, balanced: bool,
    ranks: Communicator,
) -> Rows:
    """Read the training rows of a rank's own parts, scaled; a collective.

    Memory beyond that of the rows is a block's.

    Parameters
    ----------
    parts : RankParts
        This rank's rows.
    maker : RowMaker
        What the rows of all ranks say.
    dtype : str
        ``float32`` or ``float64``.
    standardise : bool
        Whether numbers to be predicted are scaled.
    balanced : bool
        Whether all classes are to weigh the same.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    Rows
        Of the parts that are held, in shared memory.

    Raises
    ------
    OutOfMemory
        If they would not fit.
    DataError
        On every rank, if the rows of one cannot be used.
    """
    source, cut = parts.source, parts.cut
    targets, weighted = maker.n_targets, balanced or source.weighted
    with failing_together(ranks):
        try:
            rows = empty_rows(cut, source.n_features, targets, dtype, weighted)
        except OutOfMemory as error:
            raise OutOfMemory(
                f"the rows of this rank's parts do not fit: {error}; or read them from disk, "
                "data.rows_from=disk"
            ) from None
        at = 0
        for block in parts.train_blocks():
            stop = at + len(block.X)
            _fill(rows, slice(at, stop), block, maker, standardise, balanced)
            at = stop
    return rows


def load_validation(
    parts: RankParts, maker: RowMaker, dtype: str, standardise: bool, balanced: bool,
    ranks: Communicator,
) -> dict[int, Rows]:
    """Read the rows of a rank's own parts that are validated on, scaled; a collective.

    Parameters
    ----------
    parts : RankParts
        This rank's rows.
    maker : RowMaker
        What the rows of all ranks say.
    dtype : str
        ``float32`` or ``float64``.
    standardise : bool
        Whether numbers to be predicted are scaled.
    balanced : bool
        Whether all classes are to weigh the same.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    dict of int to Rows
        Of every part that is held and has such rows.

    Raises
    ------
    DataError
        On every rank, if the rows of one cannot be used.
    """
    found: dict[int, Rows] = {}
    weighted = balanced or parts.source.weighted
    with failing_together(ranks):
        for part in parts.cut.held:
            blocks = list(parts.validation_blocks(part))
            n, at = sum(len(block.X) for block in blocks), 0
            rows = Rows(
                np.empty((n, parts.source.n_features), dtype),
                np.empty((n, maker.n_targets), dtype), np.empty(n if weighted else 0, dtype),
            )
            for block in blocks:
                stop = at + len(block.X)
                _fill(rows, slice(at, stop), block, maker, standardise, balanced)
                at = stop
            if n:
                found[part] = rows
    return found


def _fill(
    rows: Rows, at: slice, block: Table, maker: RowMaker, standardise: bool, balanced: bool
) -> None:
    rows.dense[at] = maker.features(block, rows.dense.dtype.name)
    rows.Y[at] = maker.targets(block, standardise)
    own = maker.weights(block, balanced)
    if own is not None:
        rows.weights[at] = check_weights(own)


def check_weights(weights: NDArray[Any]) -> NDArray[Any]:
    """Weights of some rows, each a number of at least 0.

    Parameters
    ----------
    weights : array (n_rows,)
        How much each row counts.

    Raises
    ------
    DataError
        If one is no such number.
    """
    check_finite(weights.reshape(-1, 1), "the column of weights")
    if (weights < 0).any():
        raise DataError(f"a row has the weight {weights.min()}; it must be at least 0")
    return weights
