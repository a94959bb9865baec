"""Parts of Parquet and Arrow files with words or missing values, as rows of numbers.

A word is the number of its level: all levels of all rows, in alphabetical order, which ranks find
out together before any row is encoded.  A missing value is NaN, a date days since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together, gather_values
from fastavg.data.frame import Frame
from fastavg.data.level_counts import MOST_COUNTED
from fastavg.data.parts.column_parts import NUMERIC, ColumnParts
from fastavg.data.parts.group_files import GroupFile
from fastavg.data.parts.opened_group import OpenedGroup

# Kinds of columns whose values are levels.
CODED = ("text", "boolean")


class TableParts(ColumnParts):
    """Parts of files with words or missing values.

    See :class:`fastavg.data.parts.contract.PartSource`.

    Rows can be read once :meth:`learn_levels` has found the levels.

    Parameters
    ----------
    files : sequence of GroupFile
        The files, in the order of their rows.
    target : str
        The column that becomes y.
    weights : str or None
        The column that says how much a row counts.
    workers : int
        How many parts.

    Attributes
    ----------
    target : str
        The column that becomes y.
    levels : dict of str to tuple of str
        Of every column of words or truth values; empty before they are known.
    unlisted : frozenset of str
        Columns of more than 131,072 different words, of which only holes are told apart.
    """

    def __init__(
        self, files: Sequence[GroupFile], target: str, weights: str | None, workers: int
    ) -> None:
        super().__init__(files, target, weights, workers)
        self.target = target
        self.levels: dict[str, tuple[str, ...]] = {}
        self.unlisted: frozenset[str] = frozenset()
        self._places: dict[str, dict[str, int]] = {}

    def learn_levels(self, held: range, ranks: Communicator) -> None:
        """Find the levels of all rows; a collective.

        The columns of words are read once, in the groups of the parts that this rank holds.

        Parameters
        ----------
        held : range
            The parts of this rank.
        ranks : Communicator
            Between ranks.

        Raises
        ------
        DataError
            On every rank, if the rows of one cannot be read.
        """
        names = [name for name, kind in self.kinds.items() if kind in CODED]
        found: dict[str, set[str]] = {name: set() for name in names}
        with failing_together(ranks):
            for frame in self._frames(held, names):
                for name in names:
                    # A column that has too many stays above the bound, and is not added to.
                    if len(found[name]) <= MOST_COUNTED:
                        found[name].update(frame.categories(name).levels)
        own = [
            sorted(found[name]) if len(found[name]) <= MOST_COUNTED else None for name in names
        ]
        every = gather_values(own, ranks)
        unlisted = set()
        for at, name in enumerate(names):
            lists = [rank[at] for rank in every]
            listed = set().union(*(levels for levels in lists if levels is not None))
            if any(levels is None for levels in lists) or len(listed) > MOST_COUNTED:
                unlisted.add(name)
            else:
                self.levels[name] = tuple(sorted(listed))
        self.unlisted = frozenset(unlisted)
        self._places = {
            name: {level: at for at, level in enumerate(levels)}
            for name, levels in self.levels.items()
        }

    def _frames(self, held: range, names: list[str]) -> Any:
        if not len(held):
            return
        start = self._ends[held.start - 1] if held.start else 0
        stop = self._ends[held.stop - 1]
        for group in self._groups:
            if group.start < stop and start < group.stop:
                file = self._files[group.file]
                table = self._reader.read(file, group.number, names)
                yield Frame(table, str(file.path))

    def _kept(self, kinds: dict[str, str]) -> dict[str, str]:
        return kinds

    def _matrix(self, opened: OpenedGroup, frame: Frame, start: int, stop: int) -> NDArray[Any]:
        X = np.empty((stop - start, self.n_features))
        for at, (name, kind) in enumerate(self.kinds.items()):
            if kind in NUMERIC and kind not in CODED:
                X[:, at] = frame.numbers(name)
            elif kind == "empty":
                X[:, at] = np.nan
            else:
                X[:, at] = self._codes(frame, name)
        return X

    def _codes(self, frame: Frame, name: str) -> NDArray[np.float64]:
        codes, levels = frame.categories(name)
        if name in self.unlisted:
            return np.where(codes < 0, np.nan, 0.0)
        known = self._places[name]
        places = np.array([*(known[level] for level in levels), np.nan])
        return places[codes]
