"""Parts of Parquet and Arrow files: their row groups and record batches, one at a time.

Several files are one data set; their groups follow each other.  A part is a run of whole groups
as long as there is a group for each worker, so that no group is read by two ranks; with
fewer groups, parts are even ranges of rows, and neighbours read a group both.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.names import check_distinct
from fastavg.data.partitions import even_cut
from fastavg.data.parts.group_files import GroupFile, GroupReader
from fastavg.data.parts.opened_group import OpenedGroup
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError

# Kinds of columns that are numbers as they stand.
NUMERIC = ("number", "boolean", "date")


class Group(NamedTuple):
    """A row group, or a record batch.

    Parameters
    ----------
    file : int
        Which file, from 0.
    number : int
        Which group of the file, from 0.
    start, stop : int
        Its rows, counted from the first file's first row.
    """

    file: int
    number: int
    start: int
    stop: int


class ColumnParts:
    """Parts of files with named columns; see :class:`fastavg.data.parts.contract.PartSource`.

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

    Raises
    ------
    ConfigError
        If there are more workers than rows, or no such column.
    DataError
        If files differ in their columns, or a column is not of numbers; names file and column.

    Attributes
    ----------
    kinds : dict of str to str
        The kind of every feature: see :meth:`fastavg.data.frame.Frame.kind`.
    largest_group : int
        Bytes of the features of the largest row group, which is decoded as a whole.
    """

    def __init__(
        self, files: Sequence[GroupFile], target: str, weights: str | None, workers: int
    ) -> None:
        self._files, self._target, self._weights = files, target, weights
        self.kinds = self._kept(kinds_of(files, target, weights))
        self.names = tuple(self.kinds)
        self.n_features, self.weighted = len(self.names), weights is not None
        self._groups: list[Group] = []
        at = 0
        for number, file in enumerate(files):
            for group, rows in enumerate(file.groups):
                if rows:
                    self._groups.append(Group(number, group, at, at + rows))
                    at += rows
        schema = files[0].schema
        width = sum(_bytes_of(schema.field(name).type) for name in self.names)
        self.largest_group = width * max(group.stop - group.start for group in self._groups)
        self._ends = part_ends([group.stop for group in self._groups], workers)
        self.sizes = tuple(np.diff([0, *self._ends]).tolist())
        self._reader = GroupReader()
        # The group that was read last: rows are asked for in their order.
        self._open: tuple[Group, OpenedGroup] | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Another process opens a group of its own.
        return {**self.__dict__, "_open": None, "_reader": GroupReader()}

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some rows of a part; see :meth:`PartSource.read`.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        first = self._ends[part - 1] if part else 0
        start, stop = first + start, first + stop
        tables = [
            self._rows(group, max(start, group.start), min(stop, group.stop))
            for group in self._groups if group.start < stop and start < group.stop
        ]
        if len(tables) == 1:
            return tables[0]
        weights = [table.weights for table in tables if table.weights is not None]
        return Table(
            np.concatenate([table.X for table in tables]),
            np.concatenate([table.y for table in tables if table.y is not None]),
            self.names, np.concatenate(weights) if weights else None,
        )

    def _rows(self, group: Group, start: int, stop: int) -> Table:
        columns = [*self.names, self._target, *([self._weights] if self._weights else [])]
        if self._open is None or self._open[0] != group:
            # The old one goes before the new one comes.
            self._open = None
            table = self._reader.read(self._files[group.file], group.number, columns)
            self._open = group, OpenedGroup(table, self.names)
        file, low = self._files[group.file], start - group.start
        before = sum(file.groups[: group.number])
        opened, others = self._open[1], columns[self.n_features :]
        frame = Frame(
            opened.table.slice(low, stop - start) if opened.numbers is None
            else opened.table.select(others).slice(low, stop - start), str(file.path),
            where=lambda row: f"{file.path}, row {before + low + row}",
        )
        y = frame.values(self._target)
        if y.dtype.kind == "f" and not np.isfinite(y).all():
            wrong = int(np.flatnonzero(~np.isfinite(y))[0])
            raise DataError(
                f"{frame.place(wrong, self._target)} holds {y[wrong]}; every row needs a finite "
                "number there"
            )
        return Table(
            self._matrix(opened, frame, low, stop - group.start), y, self.names,
            None if self._weights is None else _weights(frame, self._weights),
        )


    def _kept(self, kinds: dict[str, str]) -> dict[str, str]:
        for name, kind in kinds.items():
            if kind not in NUMERIC:
                raise DataError(
                    f"{self._files[0].path}, column {name!r} holds {_spoken(kind)}; these rows are "
                    "numbers alone"
                )
        return kinds

    def _matrix(self, opened: OpenedGroup, frame: Frame, start: int, stop: int) -> NDArray[Any]:
        return opened.matrix(frame, start, stop)


def _bytes_of(kind: Any) -> int:
    # Of words, the number of their level.
    try:
        return max(1, int(kind.bit_width) // 8)
    except ValueError:
        return 4


def _weights(frame: Frame, name: str) -> NDArray[np.float64]:
    weights = frame.numbers(name)
    wrong = np.flatnonzero(~(weights >= 0))
    if len(wrong):
        value = weights[wrong[0]]
        what = "is empty" if np.isnan(value) else f"holds {value}"
        raise DataError(
            f"{frame.place(int(wrong[0]), name)} {what}; a weight must be a number of at least 0"
        )
    return weights


def part_ends(group_ends: Sequence[int], workers: int) -> list[int]:
    """The row after the last one of every part.

    Parameters
    ----------
    group_ends : sequence of int
        The row after the last one of every group.
    workers : int
        How many parts.

    Returns
    -------
    list of int
        Ends of groups, each the nearest to an even cut that leaves a group for every part;
        with fewer groups than parts, the even cut.

    Raises
    ------
    ConfigError
        If there are more parts than rows.

    Examples
    --------
    >>> part_ends([10, 20, 30, 40, 45], 2), part_ends([40, 45], 3)
    ([20, 45], [15, 30, 45])
    """
    rows, groups = group_ends[-1], len(group_ends)
    if groups < workers:
        return list(accumulate(even_cut(rows, workers).sizes))
    ends, first = [], 0
    for part in range(1, workers + 1):
        last = groups - (workers - part)
        wanted = rows * part / workers
        near = min(range(first, last), key=lambda at: abs(group_ends[at] - wanted))
        near = groups - 1 if part == workers else near
        ends.append(group_ends[near])
        first = near + 1
    return ends


def kinds_of(
    files: Sequence[GroupFile], target: str, weights: str | None
) -> dict[str, str]:
    """The kinds of the features of files that are one data set; no row is read.

    Parameters
    ----------
    files : sequence of GroupFile
        The files.
    target : str
        The column that becomes y.
    weights : str or None
        The column that says how much a row counts.

    Returns
    -------
    dict of str to str
        By column, in the first file's order: see :meth:`fastavg.data.frame.Frame.kind`.

    Raises
    ------
    ConfigError
        If there is no such column, or none beside the target.
    DataError
        If files differ in their columns, or weights are no numbers; names file and column.
    """
    first, known = files[0], dict[str, str]()
    for file in files:
        # Without a row: the columns' types alone.
        frame = Frame(file.schema.empty_table(), str(file.path))
        check_distinct(frame.names, frame.source)
        for name in (target, *([weights] if weights is not None else [])):
            frame.require(name)
        kinds = {name: frame.kind(name) for name in frame.names}
        known = known or kinds
        for name in [*known, *(name for name in kinds if name not in known)]:
            if name not in kinds or name not in known:
                without, having = (file, first) if name in known else (first, file)
                raise DataError(
                    f"{without.path} has no column {name!r}, which {having.path} has; files that "
                    "are one data set need the same columns"
                )
            if kinds[name] != known[name]:
                raise DataError(
                    f"{file.path}, column {name!r} holds {_spoken(kinds[name])}, and in "
                    f"{first.path} {_spoken(known[name])}; files that are one data set need the "
                    "same"
                )
    if weights is not None and known[weights] not in NUMERIC:
        raise DataError(
            f"{first.path}, column {weights!r} holds {_spoken(known[weights])}; weights are numbers"
        )
    features = {
        name: kind for name, kind in known.items()
        if name not in (target, weights) and not name.startswith("__index_level_")
    }
    if not features:
        raise ConfigError(f"{first.path} has no column beside the target {target!r}")
    return features


def _spoken(kind: str) -> str:
    return {"number": "numbers", "boolean": "truth values", "date": "dates"}.get(kind, kind)
