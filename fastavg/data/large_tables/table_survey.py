"""A large table looked at once: a sample of its rows, its levels, and its targets.

.. code-block:: text

    rows of the files --> test rows (drawn, a bounded number)
                     '--> training rows --> sample (drawn, a bounded number, with the rows of the
                                       |            least and greatest numbers and of the holes)
                                       |--> counts of levels
                                       '--> targets: classes, or mean and deviation

A table of fewer training rows than a sample holds is its own sample, so that its columns are
encoded as those of a table in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.column_types import with_types
from fastavg.data.frame import Frame
from fastavg.data.large_tables.frame_files import FrameFiles
from fastavg.data.large_tables.row_draws import drawn
from fastavg.data.large_tables.target_summary import TargetSummary, TargetSurveyor
from fastavg.data.level_counts import LevelCounter, LevelCounts
from fastavg.errors import ConfigError, DataError

# Bounds of the sample and of the test rows: rows, and bytes of their columns.
SAMPLE_ROWS, TEST_ROWS, BYTES = 100_000, 100_000, 128 << 20


class Wanted(NamedTuple):
    """What is to be found out.

    Parameters
    ----------
    target : str
        The column that is predicted.
    kind : str
        ``class``, ``number``, or ``auto`` to find out.
    others : tuple of str
        Columns that are read and not learned from, such as weights.
    categorical : tuple of str
        Columns of numbers whose levels are counted.
    ignore : tuple of str
        Columns that are not read.
    test_size : float
        Part of the rows that tests.
    """

    target: str
    kind: str = "auto"
    others: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    test_size: float = 0.0


@dataclass(frozen=True, eq=False)
class TableSurvey:
    """What is known of a large table.

    Parameters
    ----------
    sample : Frame
        Training rows, with the target.
    test : Frame
        Test rows, with the target.
    test_numbers : array (n_test_rows,) of int64
        Which rows of the files these are, from 0.
    n_train : int
        Training rows.
    test_rate : float
        Part of the rows that test: those whose draw is below it.
    levels : dict of str to LevelCounts
        Of each column of words, truth values or categories, over all training rows.
    missing : dict of str to float
        Part of the training rows without a value, of each column of numbers.
    target : TargetSummary
        What is predicted.
    """

    sample: Frame
    test: Frame
    test_numbers: NDArray[np.int64]
    n_train: int
    test_rate: float
    levels: dict[str, LevelCounts]
    missing: dict[str, float]
    target: TargetSummary


class _Numbers:
    """The rows of a column of numbers that a sample must not lack."""

    def __init__(self) -> None:
        self.missing, self.low, self.high = 0, np.inf, -np.inf
        self.kept: dict[str, tuple[int, Any]] = {}

    def add(self, numbers: NDArray[np.float64], frame: Frame, rows: NDArray[np.int64]) -> None:
        holes = np.isnan(numbers)
        count = int(holes.sum())
        if count and not self.missing:
            self._keep("missing", frame, rows, int(np.argmax(holes)))
        self.missing += count
        if count == len(numbers):
            return
        lowest, highest = int(np.nanargmin(numbers)), int(np.nanargmax(numbers))
        if numbers[lowest] < self.low:
            self.low = float(numbers[lowest])
            self._keep("low", frame, rows, lowest)
        if numbers[highest] > self.high:
            self.high = float(numbers[highest])
            self._keep("high", frame, rows, highest)

    def _keep(self, why: str, frame: Frame, rows: NDArray[np.int64], at: int) -> None:
        # A copy: a view would hold all rows of the block.
        self.kept[why] = int(rows[at]), frame.columns.take([at])


def survey(files: FrameFiles, wanted: Wanted) -> TableSurvey:
    """Read all rows once.

    Parameters
    ----------
    files : FrameFiles
        The data set.
    wanted : Wanted
        Target, test rows, and what columns are for.

    Returns
    -------
    TableSurvey
        The same for the same files, in memory that does not grow with the rows.

    Raises
    ------
    DataError
        If a column cannot be used as it is typed; names file, row and column.
    ConfigError
        If no row is left to train on.
    """
    names = [name for name in files.names if name not in wanted.ignore]
    test_rate, sample_rate = _rates(files, len(names), wanted.test_size)
    typed = files.empty()
    counters = {
        name: LevelCounter() for name in names
        if name != wanted.target
        and (typed.kind(name) in ("text", "boolean") or name in wanted.categorical)
    }
    plain = [
        name for name in names if name not in counters and name != wanted.target
        and name not in wanted.others and typed.kind(name) in ("number", "date")
    ]
    numbers = {name: _Numbers() for name in plain}
    targets = TargetSurveyor(wanted.target, wanted.kind)
    sampled: list[tuple[NDArray[np.int64], Any]] = []
    tested: list[tuple[NDArray[np.int64], Any]] = []
    at = n_train = 0
    for frame in files.frames(names):
        if not at:
            _check_types(frame)
        stop = at + len(frame)
        rows = np.arange(at, stop)
        tests = drawn("test rows", at, stop) < test_rate
        chosen = drawn("sample", at, stop) < sample_rate
        if tests.any():
            tested.append((rows[tests], frame.columns.filter(tests)))
            frame, rows, chosen = frame.take(np.flatnonzero(~tests)), rows[~tests], chosen[~tests]
        at, n_train = stop, n_train + len(rows)
        if not len(rows):
            continue
        sampled.append((rows[chosen], frame.columns.filter(chosen)))
        targets.add(frame)
        for name, counter in counters.items():
            counter.add(frame.categories(name))
        for name, seen in numbers.items():
            seen.add(frame.numbers(name), frame, rows)
    if not n_train:
        raise ConfigError(f"test size {wanted.test_size} leaves none of {at} rows to train on")
    for seen in numbers.values():
        sampled += [(np.array([row]), table) for row, table in seen.kept.values()]
    _, sample = _in_order(sampled, typed.select(names))
    test_numbers, test = _in_order(tested, typed.select(names))
    return TableSurvey(
        sample, test, test_numbers, n_train, test_rate,
        {name: counter.counts() for name, counter in counters.items()},
        {
            name: 1 - (n_train - seen.missing) / n_train for name, seen in numbers.items()
        }, targets.summary(),
    )


def train_frames(
    files: FrameFiles, names: Iterable[str], test_rate: float
) -> Iterable[tuple[NDArray[np.int64], Frame]]:
    """The training rows in their order, some at a time.

    Parameters
    ----------
    files : FrameFiles
        The data set.
    names : iterable of str
        The columns to read.
    test_rate : float
        That of the survey.

    Yields
    ------
    tuple of array (n_rows,) of int64 and Frame
        Which rows of the files these are, and the rows.
    """
    at = 0
    for frame in files.frames(list(names)):
        stop = at + len(frame)
        kept = np.flatnonzero(drawn("test rows", at, stop) >= test_rate)
        if len(kept):
            yield kept + at, frame if len(kept) == len(frame) else frame.take(kept)
        at = stop


def _rates(files: FrameFiles, columns: int, test_size: float) -> tuple[float, float]:
    """The part of the rows that tests, and of those that train the part that is looked at."""
    most = max(1000, BYTES // (16 * max(1, columns)))
    test = min(test_size, min(TEST_ROWS, most) / files.n_rows)
    trains = (1 - test) * files.n_rows
    return test, 1.0 if trains <= min(SAMPLE_ROWS, most) else min(SAMPLE_ROWS, most) / trains


def _in_order(
    found: list[tuple[NDArray[np.int64], Any]], typed: Frame
) -> tuple[NDArray[np.int64], Frame]:
    """Rows in the order of the files, each once."""
    import pyarrow as pa

    numbers = np.concatenate([np.zeros(0, np.int64), *(rows for rows, _ in found)])
    columns = pa.concat_tables([typed.columns, *(table for _, table in found)],
                               promote_options="permissive")
    rows, places = np.unique(numbers, return_index=True)
    where: Callable[[int], str] = lambda row: f"{typed.source}, row {rows[row]}"  # noqa: E731
    return rows, Frame(columns.take(places).combine_chunks(), typed.source, where=where)


def _check_types(frame: Frame) -> None:
    for name in frame.names:
        if frame.kind(name) == "text":
            one = frame.select([name])
            if with_types(one) is not one:
                raise DataError(
                    f"{frame.source}, column {name!r} holds text that stands for numbers, dates or "
                    "missing values; rows from disk are taken as they are typed: write the column "
                    "with its type, or read the rows with data.rows_from=memory"
                )
