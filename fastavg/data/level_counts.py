"""How often each level of a category occurs among the training rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Levels

# Levels of one column that are counted in bounded memory.
MOST_COUNTED = 1 << 17


class LevelCounts(NamedTuple):
    """Levels of a category with their training rows.

    Parameters
    ----------
    levels : list of str
        The levels, in the order in which they first occur.
    counts : array (n_levels,) of int64
        Training rows of each.
    missing : int
        Training rows without a value.
    unlisted : int
        Training rows of further levels, which are too many to be listed.
    different : int
        Levels, with those that are not listed; at least as many as there are.

    Examples
    --------
    >>> made = counts_of(Levels(np.array([0, 1, 0, -1], np.int32), ["a", "b"]))
    >>> made.counts.tolist(), made.missing, made.rows
    ([2, 1], 1, 4)
    """

    levels: list[str]
    counts: NDArray[np.int64]
    missing: int
    unlisted: int = 0
    different: int = 0

    @property
    def rows(self) -> int:
        """Training rows."""
        return int(self.counts.sum()) + self.missing + self.unlisted


def counts_of(column: Levels) -> LevelCounts:
    """The counts of a column that is in memory.

    Parameters
    ----------
    column : Levels
        Codes and levels; levels that no row has count 0.
    """
    codes, levels = column
    known = codes[codes >= 0]
    return LevelCounts(
        levels, np.bincount(known, minlength=len(levels)), len(codes) - len(known),
        different=len(levels),
    )


@dataclass
class LevelCounter:
    """Counts the levels of a column that comes block by block, in bounded memory.

    Of more than twice ``most`` levels the rarer half is forgotten; what is counted again later
    begins anew.

    Parameters
    ----------
    most : int, default 131072
        Levels that are kept.

    Examples
    --------
    >>> counter = LevelCounter()
    >>> counter.add(Levels(np.array([0, 0, -1], np.int32), ["a"]))
    >>> counter.add(Levels(np.array([1, 0], np.int32), ["a", "b"]))
    >>> counter.counts()
    LevelCounts(levels=['a', 'b'], counts=array([3, 1]), missing=1, unlisted=0, different=2)
    """

    most: int = MOST_COUNTED

    def __post_init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._missing = self._unlisted = self._forgotten = 0

    def add(self, column: Levels) -> None:
        """Count some more rows.

        Parameters
        ----------
        column : Levels
            Their codes, and what these stand for in this block.
        """
        block, known = counts_of(column), self._counts
        self._missing += block.missing
        for level, count in zip(block.levels, block.counts.tolist(), strict=True):
            if count:
                known[level] = known.get(level, 0) + count
        if len(known) > 2 * self.most:
            # The most frequent stay, the first ones of equals.
            kept = set(sorted(known, key=known.__getitem__, reverse=True)[: self.most])
            self._forgotten += len(known) - len(kept)
            self._unlisted += sum(count for level, count in known.items() if level not in kept)
            self._counts = {level: count for level, count in known.items() if level in kept}

    def counts(self) -> LevelCounts:
        """What was counted."""
        return LevelCounts(
            list(self._counts), np.array(list(self._counts.values()), np.int64), self._missing,
            self._unlisted, len(self._counts) + self._forgotten,
        )
