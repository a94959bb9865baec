"""The parts of one rank: which rows train, which test, and blocks of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastavg.data.partitions import Cut
from fastavg.data.parts.contract import PartSource
from fastavg.data.table import Table
from fastavg.errors import ConfigError
from fastavg.randomness import generator

# Bytes of the float64 numbers of a block: memory is bounded by it.
BLOCK_BYTES = 1 << 24
TEST_SEED = 0


class RankParts:
    """The training and test rows of some parts of a data set.

    The rows that test are drawn from each part by its number alone, so they are the same
    whoever reads the part.

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
        self.block_rows = max(1, BLOCK_BYTES // (8 * source.n_features))

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
            for start in range(0, self.source.sizes[part], self.block_rows):
                stop = min(start + self.block_rows, self.source.sizes[part])
                inside = tests[np.searchsorted(tests, start) : np.searchsorted(tests, stop)]
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
        tests = self._tests[part]
        if not len(tests):
            return self.source.read(part, start, stop)
        # The k-th test row has so many training rows before it.
        before = tests - np.arange(len(tests))
        first, last = (
            row + int(np.searchsorted(before, row, side="right")) for row in (start, stop - 1)
        )
        inside = tests[np.searchsorted(tests, first) : np.searchsorted(tests, last)]
        rows: NDArray[np.int64] = np.delete(np.arange(first, last + 1), inside - first)
        return chosen(self.source.read(part, first, last + 1), rows - first)


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
