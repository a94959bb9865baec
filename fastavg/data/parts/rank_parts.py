"""The parts of one rank: which rows train, validate and test, and blocks of each."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.data.partitions import Cut
from fastavg.data.parts.contract import PartSource
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError
from fastavg.randomness import generator

# Bytes of the float64 numbers of a block: memory is bounded by it.
BLOCK_BYTES = 1 << 24
TEST_SEED = 0


class RankParts:
    """The training, validation and test rows of some parts of a data set.

    The rows that test are drawn from each part by its number alone, and those that validate by
    the seed of the run and its number, so they are the same whoever reads the part.

    Parameters
    ----------
    source : PartSource
        The data set.
    held : range
        The parts of this rank.
    test_size : float
        Part of the rows of every part that tests; at least 0 and below 1.

    Raises
    ------
    ConfigError
        If it leaves nothing to train on in a part.

    Attributes
    ----------
    source : PartSource
        The data set.
    cut : Cut
        Training rows of every part, and the parts of this rank.
    block_rows : int
        Rows that are read at a time.
    """

    def __init__(self, source: PartSource, held: range, test_size: float) -> None:
        self.source = source
        if not 0 <= test_size < 1:
            raise ConfigError(f"test size is {test_size}; it must be at least 0 and below 1")
        counts = [round(test_size * size) for size in source.sizes]
        for part, (count, size) in enumerate(zip(counts, source.sizes, strict=True)):
            if size and count == size:
                raise ConfigError(
                    f"test size {test_size} leaves none of the {size} rows of part {part} to train "
                    "on; a smaller one would"
                )
        pairs = zip(source.sizes, counts, strict=True)
        self.cut = Cut(tuple(size - count for size, count in pairs), held)
        self._tests = {
            part: np.sort(
                generator(TEST_SEED, "test rows of a part", part).permutation(
                    source.sizes[part]
                )[: counts[part]]
            )
            for part in held
        }
        self._validation = {part: np.zeros(0, np.int64) for part in held}
        # All rows that do not train.
        self._others = self._tests
        self.block_rows = max(1, BLOCK_BYTES // (8 * source.n_features))

    def holding_out(self, size: float, seed: int) -> RankParts:
        """The same parts with some of the training rows of each to validate on.

        Parameters
        ----------
        size : float
            Part of the training rows of every part, above 0 and below 1.
        seed : int
            Of the run.

        Raises
        ------
        ConfigError
            If nothing is left to train on in a part.
        DataError
            If fewer than two rows would validate.
        """
        counts = [round(size * rows) for rows in self.cut.sizes]
        if sum(counts) < 2:
            raise DataError(
                f"validation_size {size} of {self.cut.n_rows} rows in {len(counts)} parts leaves "
                f"{sum(counts)} to validate on; 2 or more are needed"
            )

        def drawn(part: int) -> NDArray[np.int64]:
            order = generator(seed, "validation rows of a part", part).permutation(
                self.cut.sizes[part]
            )
            return np.sort(order[: counts[part]])

        return self._without(drawn, counts)

    def holding_out_chosen(
        self, chosen: Callable[[int], NDArray[np.bool_]], ranks: Communicator
    ) -> RankParts:
        """The same parts with rows to validate on that somebody has chosen; a collective.

        Parameters
        ----------
        chosen : callable
            Takes the number of a part; gives True for each of its rows that validates.
        ranks : Communicator
            Between ranks.

        Raises
        ------
        ConfigError
            If nothing is left to train on in a part.
        DataError
            If fewer than two rows validate.
        """
        rows = {part: np.flatnonzero(chosen(part)) for part in self.cut.held}
        counts = np.zeros(len(self.cut.sizes), np.int64)
        for part, own in rows.items():
            counts[part] = len(own)
        ranks.allreduce(counts)
        if counts.sum() < 2:
            raise DataError(
                f"validation_rows holds out {counts.sum()} of {self.cut.n_rows} rows; at least 2 "
                "must be held out, and others left"
            )
        return self._without(rows.__getitem__, counts.tolist())

    def _without(
        self, rows_of: Callable[[int], NDArray[np.int64]], counts: list[int]
    ) -> RankParts:
        for part, (count, size) in enumerate(zip(counts, self.cut.sizes, strict=True)):
            if count == size:
                raise ConfigError(
                    f"validation holds out all {size} training rows of part {part}; every worker "
                    "needs some to train on"
                )
        made = copy.copy(self)
        sizes = zip(self.cut.sizes, counts, strict=True)
        made.cut = Cut(tuple(size - count for size, count in sizes), self.cut.held)
        made._validation = {
            part: self._numbers(part, rows_of(part)) for part in self.cut.held
        }
        made._others = {
            part: np.union1d(tests, made._validation[part])
            for part, tests in self._tests.items()
        }
        return made

    @property
    def test_rows(self) -> int:
        """Test rows of this rank."""
        return sum(map(len, self._tests.values()))

    def train_blocks(self) -> Iterator[Table]:
        """The training rows of this rank, part after part; no block crosses a part."""
        for part in self.cut.held:
            for start in range(0, self.cut.sizes[part], self.block_rows):
                yield self.read(part, start, min(start + self.block_rows, self.cut.sizes[part]))

    def test_blocks(self) -> Iterator[Table]:
        """The test rows of this rank, part after part."""
        for part, tests in self._tests.items():
            yield from self._blocks(part, tests)

    def validation_blocks(self, part: int) -> Iterator[Table]:
        """The rows of a part to validate on.

        Parameters
        ----------
        part : int
            Which part, one that this rank holds.
        """
        yield from self._blocks(part, self._validation[part])

    def _blocks(self, part: int, wanted: NDArray[np.int64]) -> Iterator[Table]:
        for start in range(0, self.source.sizes[part], self.block_rows):
            stop = min(start + self.block_rows, self.source.sizes[part])
            inside = wanted[np.searchsorted(wanted, start) : np.searchsorted(wanted, stop)]
            if len(inside):
                yield chosen(self.source.read(part, start, stop), inside - start)

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some consecutive training rows of a part.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted among the training rows of the part, and the one after the
            last.
        """
        others = self._others[part]
        if not len(others):
            return self.source.read(part, start, stop)
        first, last = self._numbers(part, np.array([start, stop - 1])).tolist()
        inside = others[np.searchsorted(others, first) : np.searchsorted(others, last)]
        rows: NDArray[np.int64] = np.delete(np.arange(first, last + 1), inside - first)
        return chosen(self.source.read(part, first, last + 1), rows - first)

    def _numbers(self, part: int, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        # From numbers among the training rows of a part to numbers among all of its rows.
        others = self._others[part]
        # The k-th of the others has so many training rows before it.
        before = others - np.arange(len(others))
        numbers: NDArray[np.int64] = rows + np.searchsorted(before, rows, side="right")
        return numbers


def chosen(table: Table, rows: NDArray[np.int64]) -> Table:
    """Some rows of a table.

    Parameters
    ----------
    table : Table
        With y.
    rows : array of int64
        Their numbers, from 0.
    """
    y, weights = table.y, table.weights
    assert y is not None
    return replace(
        table, X=table.X[rows], y=y[rows], weights=None if weights is None else weights[rows]
    )
