"""What a data set has to offer so that each rank can read its own part of it."""

from __future__ import annotations

from typing import Protocol

from fastavg.data.table import Table


class PartSource(Protocol):
    """A data set in as many parts as there are workers.

    Files are one source, arrays another; an engine whose partitions already lie with the
    ranks is a third.  Only the parts that a rank holds have to be readable on it.
    """

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows of every part, the same on all ranks."""
        ...

    @property
    def names(self) -> tuple[str, ...] | None:
        """What the columns of X are called; None where they have no names."""
        ...

    @property
    def n_features(self) -> int:
        """Columns of X."""
        ...

    @property
    def weighted(self) -> bool:
        """True if rows have weights."""
        ...

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some consecutive rows of a part, with their targets.

        Parameters
        ----------
        part : int
            Which part, from 0; one that this rank holds.
        start, stop : int
            The first row, counted within the part, and the one after the last.

        Raises
        ------
        DataError
            If they cannot be read, or a number is missing; names file, row and column.
        """
        ...
