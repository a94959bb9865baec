"""Parts with words or missing values, as the inputs of a network that all ranks have agreed on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import workers_of
from fastavg.data.parts.learnt_columns import LearntColumns, learn_columns
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.table_parts import TableParts
from fastavg.data.preprocessing.date_parts import part_of
from fastavg.data.preprocessing.table_encoder import CATEGORIES, Feature
from fastavg.data.table import Table


class EncodedParts:
    """A table in parts whose columns are inputs; see :class:`PartSource`.

    Parameters
    ----------
    source : TableParts
        The table, whose levels are known.
    learnt : LearntColumns
        What the training rows of all ranks say.

    Attributes
    ----------
    source : TableParts
        The table.
    learnt : LearntColumns
        What the training rows of all ranks say.
    """

    names = None

    def __init__(self, source: TableParts, learnt: LearntColumns) -> None:
        self.source, self.learnt = source, learnt
        self.sizes, self.weighted = source.sizes, source.weighted
        self.n_features = learnt.encoder.width
        places = {name: at for at, name in enumerate(source.names)}
        self._columns = [places[feature.column] for feature in learnt.encoder.features]
        self._levels = [self._places(feature) for feature in learnt.encoder.features]

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some rows of a part; see :meth:`PartSource.read`.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        table = self.source.read(part, start, stop)
        out, at = np.empty((len(table.X), self.n_features)), 0
        features = self.learnt.encoder.features
        for feature, column, levels in zip(features, self._columns, self._levels, strict=True):
            values = _values(feature, table.X[:, column], levels)
            for transform in feature.transforms:
                out[:, at : at + transform.width] = transform.apply(values)
                at += transform.width
        return Table(out, table.y, None, table.weights)

    def _places(self, feature: Feature) -> NDArray[np.int64] | None:
        """From the numbers of levels of all rows to those of the training rows; -1 is missing."""
        levels = self.source.levels.get(feature.column)
        if feature.part not in CATEGORIES or feature.part == "known" or levels is None:
            return None
        known = {level: at for at, level in enumerate(feature.levels)}
        return np.array([*(known.get(level, len(known)) for level in levels), -1])


def _values(
    feature: Feature, column: NDArray[Any], places: NDArray[np.int64] | None
) -> NDArray[Any]:
    if feature.part not in CATEGORIES:
        return part_of(column, feature.part)
    holes = np.isnan(column)
    if places is None:
        # A single value, of which only holes are told apart.
        return np.where(holes, -1, 0)
    return places[np.where(holes, -1, column).astype(np.int64)]


def encoded_parts(
    source: TableParts, scale: str, ranks: Communicator, test_size: float = 0.0
) -> EncodedParts:
    """Learn what becomes of the columns, from the training rows of all ranks; a collective.

    Parameters
    ----------
    source : TableParts
        As :func:`fastavg.data.parts.opened_parts.open_parts` has opened it.
    scale : str
        Scaling of numbers: ``robust``, ``standard``, ``minmax`` or ``quantile``.
    ranks : Communicator
        Between ranks.
    test_size : float, default 0.0
        Part of the rows of every part that tests, and is not learnt from.

    Returns
    -------
    EncodedParts
        The same columns on every rank.

    Raises
    ------
    ConfigError
        If the scaling is unknown, or nothing is left to learn from.
    DataError
        On every rank, if the rows of one cannot be used.
    """
    held = workers_of(ranks.rank, ranks.size, len(source.sizes))
    source.learn_levels(held, ranks)
    parts = RankParts(source, held, test_size)
    return EncodedParts(source, learn_columns(parts, source, scale, ranks))
