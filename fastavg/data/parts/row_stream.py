"""Training rows that stay in their files and are read again in each epoch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fastavg.data.parts.learnt import Learnt
from fastavg.data.parts.loaded_rows import check_weights
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.rows import Rows


@dataclass(frozen=True, eq=False)
class RowStream:
    """Reads windows of the training rows of a rank's parts, scaled.

    Parameters
    ----------
    parts : RankParts
        This rank's rows.
    learnt : Learnt
        What the rows of all ranks say.
    dtype : str
        ``float32`` or ``float64``.
    standardise : bool
        Whether numbers to be predicted are scaled.
    balanced : bool
        Whether all classes are to weigh the same.
    window : int
        Rows that are read, and shuffled, together.
    """

    parts: RankParts
    learnt: Learnt
    dtype: str
    standardise: bool
    balanced: bool
    window: int

    @property
    def weighted(self) -> bool:
        """True if rows have weights."""
        return self.balanced or self.parts.source.weighted

    def empty(self, n_rows: int = 0) -> Rows:
        """Memory for so many rows.

        Parameters
        ----------
        n_rows : int, default 0
            How many.
        """
        return Rows(
            np.empty((n_rows, self.parts.source.n_features), self.dtype),
            np.empty((n_rows, self.learnt.n_targets), self.dtype),
            np.empty(n_rows if self.weighted else 0, self.dtype),
        )

    def read(self, part: int, start: int, stop: int) -> Rows:
        """Some consecutive training rows of a part, as the network sees them.

        Parameters
        ----------
        part : int
            Which part, one that this rank holds.
        start, stop : int
            The first row, counted within the part, and the one after the last.

        Raises
        ------
        DataError
            If they cannot be used.
        """
        rows, step = self.empty(stop - start), self.parts.block_rows
        for at in range(start, stop, step):
            end = min(at + step, stop)
            block, here = self.parts.read(part, at, end), slice(at - start, end - start)
            rows.dense[here] = self.learnt.features(block, self.dtype)
            rows.Y[here] = self.learnt.targets(block, self.standardise)
            own = self.learnt.weights(block, self.balanced)
            if own is not None:
                rows.weights[here] = check_weights(own)
        return rows
