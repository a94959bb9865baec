"""Transposing float32 in squares of 16 numbers a side, in registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.vectorized.emitter import (
    FLOATS,
    LANES,
    SIZE,
    WORD_BYTES,
    Emitter,
    emitted,
)

ROW_NUMBER_BYTES = 8
# Numbers of a row that are fetched before they are turned: sixteen rows at once are more streams
# than a processor follows by itself.
AHEAD = 128


@emitted
def _turn_square(
    to: Emitter, source: Any, ld: Any, count: Any, target: Any, target_ld: Any
) -> None:
    # Rows from ``count`` on are zeros.
    builder, rows = to.builder, []
    for row in range(LANES):
        there = builder.icmp_signed("<", SIZE(row), count)
        place = builder.select(there, SIZE(row), SIZE(0))
        numbers = to.load(to.after(source, builder.mul(ld, place)), FLOATS)
        rows.append(builder.select(there, numbers, to.zeros()))
    for row, numbers in enumerate(to.transposed(rows)):
        to.store(numbers, to.after(target, to.times(target_ld, row)))


@emitted
def _turn_rows_of(
    to: Emitter, source: Any, ld: Any, order: Any, count: Any, columns: Any, target: Any,
    target_ld: Any,
) -> None:
    lanes = to.first_lanes(columns)
    rows = [to.load_lanes(at, lanes) for at in _rows_of(to, source, ld, order, count)]
    for row, numbers in enumerate(to.transposed(rows)):
        to.store(numbers, to.after(target, to.times(target_ld, row)))


@emitted
def _fetch_rows_of(to: Emitter, source: Any, ld: Any, order: Any, count: Any) -> None:
    for at in _rows_of(to, source, ld, order, count):
        to.fetch(at)


def _rows_of(to: Emitter, source: Any, ld: Any, order: Any, count: Any) -> Iterator[Any]:
    """Where 16 rows are."""
    builder = to.builder
    last = builder.sub(count, SIZE(1))
    for row in range(LANES):
        # After the last row it is taken again: what is there is never used.
        there = builder.icmp_signed("<", SIZE(row), count)
        place = builder.mul(builder.select(there, SIZE(row), last), SIZE(ROW_NUMBER_BYTES))
        number = to.load(to.after(order, place), SIZE)
        yield to.after(source, builder.mul(ld, number))


@kernel
def turn(source, ld, rows, columns, target, target_ld):
    """target <- source transposed, both rounded up to whole squares.

    Rows of the source after its last one count as zeros; columns after its last one are read.

    Parameters
    ----------
    source : int64
        Address of a float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    rows, columns : int
        Its shape.
    target : int64
        Address of the transposed matrix, overwritten.
    target_ld : int64
        Distance of its rows, in bytes; they have room for whole vectors.
    """
    for c in range(0, columns, LANES):
        for r in range(0, rows, LANES):
            _turn_square(
                source + r * ld + WORD_BYTES * c, ld, rows - r,
                target + c * target_ld + WORD_BYTES * r, target_ld,
            )


@kernel
def gather_turned(source, ld, columns, order, rows, target, target_ld):
    """target <- some rows of source, transposed, with whole vectors of rows.

    Parameters
    ----------
    source : int64
        Address of a float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    columns : int
        Columns of it.
    order : int64
        Address of the numbers of the rows, int64.
    rows : int
        How many of them.
    target : int64
        Address of the transposed rows, overwritten; a whole number of 16 rows of it.
    target_ld : int64
        Distance of its rows, in bytes; they have room for whole vectors.
    """
    for r in range(0, rows, LANES):
        for c in range(0, columns, LANES):
            if columns - c > AHEAD:
                _fetch_rows_of(
                    source + WORD_BYTES * (c + AHEAD), ld, order + ROW_NUMBER_BYTES * r, rows - r
                )
            _turn_rows_of(
                source + WORD_BYTES * c, ld, order + ROW_NUMBER_BYTES * r, rows - r, columns - c,
                target + c * target_ld + WORD_BYTES * r, target_ld,
            )
