"""What becomes of the columns of a table of which every rank has some rows.

Kinds, levels, holes, medians and edges are those that the same training rows would give in
one table, to the bit, for any number of ranks: counts and ranges have no rounding, quantiles are
numbers of the rows (:mod:`fastavg.data.preprocessing.order_statistics`), and the sums
behind means are exact.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together
from fastavg.data.column_plan import DIFFERENT, FEW, ColumnPlan, PlannedColumn
from fastavg.data.level_counts import LevelCounts
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.row_numbers import are_row_numbers
from fastavg.data.parts.table_parts import CODED, TableParts
from fastavg.data.preprocessing.column_statistics import Range, moments_of_all
from fastavg.data.preprocessing.contract import Transform
from fastavg.data.preprocessing.date_parts import DATE_PARTS, part_of
from fastavg.data.preprocessing.indicator import MissingIndicator
from fastavg.data.preprocessing.one_hot import fit_counted
from fastavg.data.preprocessing.order_statistics import counts_of_all, quantiles_of_all
from fastavg.data.preprocessing.quantile import parts_of, quantile_of
from fastavg.data.preprocessing.scaled import QUARTILES, Spread, scaled_by
from fastavg.data.preprocessing.table_encoder import SCALES, Encoding, Feature, TableEncoder
from fastavg.data.spelling import level_name
from fastavg.errors import ConfigError, DataError

# Bytes of numbers that are in memory at a time while quantiles are sought.
GROUP_BYTES = 1 << 28


class LearntColumns(NamedTuple):
    """What the training rows of all ranks say of their columns.

    Parameters
    ----------
    plan : ColumnPlan
        What every column is.
    encoder : TableEncoder
        What becomes of them.
    """

    plan: ColumnPlan
    encoder: TableEncoder


@dataclass(frozen=True)
class _Seen:
    """Counts and range of a column over the training rows of all ranks."""

    rows: int
    missing: int
    low: float
    high: float
    counts: NDArray[np.int64]
    whole: bool = False

    @property
    def known(self) -> int:
        return self.rows - self.missing


def learn_columns(
    parts: RankParts, source: TableParts, scale: str, ranks: Communicator
) -> LearntColumns:
    """Look at the training rows of all ranks; a collective.

    The rows are read once for counts, and once more for each 256 MB of numbers of a rank whose
    quantiles are sought.

    Parameters
    ----------
    parts : RankParts
        The rows of this rank; their source is ``source``.
    source : TableParts
        Whose levels are known.
    scale : str
        Scaling of numbers: ``robust``, ``standard``, ``minmax`` or ``quantile``.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    ConfigError
        If the scaling is unknown, or nothing is left to learn from.
    DataError
        On every rank, if the rows of one cannot be used.
    """
    if scale not in SCALES:
        raise ConfigError(
            f"scale is {scale}, and a table with words or missing values by {', '.join(SCALES)}"
        )
    seen = _looked_at(parts, source, ranks)
    rows = _row_numbers(parts, source, seen, ranks)
    plan = ColumnPlan(tuple(
        PlannedColumn(name, "id", 0.0, one.rows) if name in rows else _planned(name, source, one)
        for name, one in zip(source.kinds, seen, strict=True)
    ))
    places = {name: at for at, name in enumerate(source.kinds)}
    numbers = [
        (places[column.name], part) for column in plan.columns
        for part in {"number": ("number",), "date": DATE_PARTS}.get(column.kind, ())
    ]
    made = dict(zip(numbers, _numbers(parts, numbers, scale, ranks), strict=True))
    features = []
    for column in plan.used:
        at = places[column.name]
        if column.kind in ("number", "date"):
            found = [
                Feature(column.name, part, made[at, part]) for place, part in numbers if place == at
            ]
            features += [feature for feature in found if feature.transforms]
            continue
        one_hot = fit_counted(_levels(column, source, seen[at]), Encoding().least_rows)
        if one_hot is not None:
            part = "known" if column.kind == "id" else column.kind
            features.append(Feature(column.name, part, (one_hot,)))
    if not features:
        raise ConfigError("no column is left to learn from: every one has a single value")
    return LearntColumns(plan, TableEncoder(tuple(features)))


def _looked_at(parts: RankParts, source: TableParts, ranks: Communicator) -> list[_Seen]:
    names = list(source.kinds)
    counts = [
        np.zeros(len(source.levels.get(name, ())), np.int64) for name in names
    ]
    missing = np.zeros(len(names), np.int64)
    low, high = np.full(len(names), np.inf), np.full(len(names), -np.inf)
    broken = np.zeros(len(names), np.int64)
    with failing_together(ranks):
        for block in parts.train_blocks():
            holes = np.isnan(block.X)
            missing += holes.sum(axis=0)
            low = np.minimum(low, np.where(holes, np.inf, block.X).min(axis=0))
            high = np.maximum(high, np.where(holes, -np.inf, block.X).max(axis=0))
            broken += (~holes & (np.rint(block.X) != block.X)).sum(axis=0)
            for at, count in enumerate(counts):
                if len(count):
                    known = block.X[~holes[:, at], at].astype(np.int64)
                    count += np.bincount(known, minlength=len(count))
    totals = np.concatenate([missing, broken, *counts])
    ranks.allreduce(totals)
    ends = np.concatenate([-low, high])
    ranks.allreduce(ends, "max")
    of_column = np.split(
        totals[2 * len(names) :], np.cumsum([len(count) for count in counts])[:-1]
    )
    return [
        _Seen(
            parts.cut.n_rows, int(totals[at]), float(-ends[at]), float(ends[len(names) + at]),
            of_column[at], not totals[len(names) + at],
        ) for at in range(len(names))
    ]


def _row_numbers(
    parts: RankParts, source: TableParts, seen: Sequence[_Seen], ranks: Communicator
) -> set[str]:
    """Columns of numbers that say which row a row is."""
    names = [
        (at, name) for at, ((name, kind), one) in enumerate(
            zip(source.kinds.items(), seen, strict=True)
        )
        if kind == "number" and one.whole and not one.missing and one.high - one.low >= one.rows - 1
    ]
    found = set()
    for at, name in names:
        pieces = [np.zeros(0)]
        with failing_together(ranks):
            pieces += [block.X[:, at] for block in parts.train_blocks()]
        if are_row_numbers(name, np.concatenate(pieces), parts.cut.n_rows, ranks):
            found.add(name)
    return found


def _planned(name: str, source: TableParts, seen: _Seen) -> PlannedColumn:
    # As fastavg.data.column_plan plans a column of a table that is in memory.
    kind, missing = source.kinds[name], 1 - seen.known / seen.rows
    if not seen.known:
        return PlannedColumn(name, "constant", missing)
    if kind not in CODED:
        if seen.low < seen.high:
            return PlannedColumn(name, kind, missing)
        # One value and holes: what it says is where the holes are.
        single = "category" if kind == "number" else "id"
        return PlannedColumn(name, single if seen.missing else "constant", missing, 1)
    if name in source.unlisted:
        return PlannedColumn(name, "id", missing)
    levels = int(np.count_nonzero(seen.counts))
    if levels < 2 and not seen.missing:
        return PlannedColumn(name, "constant", missing, levels)
    if kind == "boolean":
        return PlannedColumn(name, "boolean", missing, levels)
    if levels > max(FEW, DIFFERENT * seen.known):
        return PlannedColumn(name, "id", missing, levels)
    return PlannedColumn(name, "category", missing, levels)


def _levels(column: PlannedColumn, source: TableParts, seen: _Seen) -> LevelCounts:
    if column.kind == "id":
        return LevelCounts(["known"], np.array([seen.known]), seen.missing, different=1)
    if source.kinds[column.name] not in CODED:
        return LevelCounts([level_name(seen.low)], np.array([seen.known]), seen.missing)
    return LevelCounts(list(source.levels[column.name]), seen.counts, seen.missing)


def _numbers(
    parts: RankParts, wanted: Sequence[tuple[int, str]], scale: str, ranks: Communicator
) -> Iterator[tuple[Transform, ...]]:
    # As many columns at a time on every rank.
    most = np.array([parts.cut.held_rows])
    ranks.allreduce(most, "max")
    step = max(1, GROUP_BYTES // (8 * max(1, int(most[0]))))
    for start in range(0, len(wanted), step):
        columns = _columns(parts, wanted[start : start + step], ranks)
        yield from _transforms(columns, parts.cut.n_rows, scale, ranks)


def _columns(
    parts: RankParts, wanted: Sequence[tuple[int, str]], ranks: Communicator
) -> list[NDArray[np.float64]]:
    """This rank's numbers, without holes, in ascending order."""
    pieces: list[list[NDArray[np.float64]]] = [[] for _ in wanted]
    with failing_together(ranks):
        for block in parts.train_blocks():
            for piece, (at, part) in zip(pieces, wanted, strict=True):
                numbers = part_of(block.X[:, at], part)
                piece.append(numbers[~np.isnan(numbers)])
    return [np.sort(np.concatenate([np.zeros(0), *piece])) for piece in pieces]


def _transforms(
    columns: list[NDArray[np.float64]], n_rows: int, scale: str, ranks: Communicator
) -> Iterator[tuple[Transform, ...]]:
    counts = counts_of_all(columns, ranks)
    if not counts.all():
        raise DataError("a column has no number among the training rows")
    at = [
        parts_of(int(count)) if scale == "quantile" else np.array([0.0, *QUARTILES, 1.0])
        for count in counts
    ]
    every = quantiles_of_all(columns, counts, at, ranks)
    for column, count, parts, found in zip(columns, counts.tolist(), at, every, strict=True):
        holes: tuple[Transform, ...] = (MissingIndicator(),) if count < n_rows else ()
        low, high = float(found[0]), float(found[-1])
        if low == high:
            yield holes
        elif scale == "quantile":
            yield (quantile_of(found, parts), *holes)
        else:
            mean = deviation = 0.0
            if scale == "standard":
                mean, deviation = _moments(column, Range(found[:1], found[-1:]), count, ranks)
            first, middle, third = found[1:-1].tolist()
            spread = Spread(low, high, (first, middle, third), mean, deviation)
            yield (scaled_by(scale, spread), *holes)


def _moments(
    column: NDArray[np.float64], extent: Range, count: int, ranks: Communicator
) -> tuple[float, float]:
    moments = moments_of_all(lambda: [column[:, None]], extent, count, ranks)
    return float(moments.mean[0]), float(moments.deviation[0])
