"""Transposing matrices in squares of 16 float32 or 8 float64 a side, in registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import width_of
from fastavg.kernels.vectorized.emitter import (
    SIZE,
    VECTOR_BYTES,
    Emitter,
    emitted,
    vector_of,
)

ROW_NUMBER_BYTES = 8
# Bytes of a row that are fetched before they are turned: sixteen rows at once are more streams
# than a processor follows by itself.
AHEAD = 512


@emitted
def _turn_square(
    to: Emitter, source: Any, ld: Any, count: Any, target: Any, target_ld: Any, absent: Any
) -> None:
    # Rows from ``count`` on have the absent number.
    builder, kind, rows = to.builder, vector_of(absent.type), []
    nothing = to.splat(absent, kind.count)
    for row in range(kind.count):
        there = builder.icmp_signed("<", SIZE(row), count)
        place = builder.select(there, SIZE(row), SIZE(0))
        numbers = to.load(to.after(source, builder.mul(ld, place)), kind)
        rows.append(builder.select(there, numbers, nothing))
    for row, numbers in enumerate(to.transposed(rows)):
        to.store(numbers, to.after(target, to.times(target_ld, row)))


@emitted
def _turn_rows_of(
    to: Emitter, source: Any, ld: Any, order: Any, count: Any, columns: Any, target: Any,
    target_ld: Any, absent: Any,
) -> None:
    kind = vector_of(absent.type)
    lanes = to.first_lanes(columns, kind.count)
    places = _rows_of(to, source, ld, order, count, kind.count)
    rows = [to.load_lanes(at, lanes, kind) for at in places]
    for row, numbers in enumerate(to.transposed(rows)):
        to.store(numbers, to.after(target, to.times(target_ld, row)))


@emitted
def _fetch_rows_of(
    to: Emitter, source: Any, ld: Any, order: Any, count: Any, absent: Any
) -> None:
    for at in _rows_of(to, source, ld, order, count, vector_of(absent.type).count):
        to.fetch(at)


def _rows_of(
    to: Emitter, source: Any, ld: Any, order: Any, count: Any, lanes: int
) -> Iterator[Any]:
    """Where the rows of a square are."""
    builder = to.builder
    last = builder.sub(count, SIZE(1))
    for row in range(lanes):
        # After the last row it is taken again: what is there is never used.
        there = builder.icmp_signed("<", SIZE(row), count)
        place = builder.mul(builder.select(there, SIZE(row), last), SIZE(ROW_NUMBER_BYTES))
        number = to.load(to.after(order, place), SIZE)
        yield to.after(source, builder.mul(ld, number))


@kernel(thin=True)
def turn(source, ld, rows, columns, target, target_ld, absent):
    """target <- source transposed, both rounded up to whole squares.

    Columns of the source after its last one are read.

    Parameters
    ----------
    source : int64
        Address of a matrix.
    ld : int64
        Distance of its rows, in bytes.
    rows, columns : int
        Its shape.
    target : int64
        Address of the transposed matrix, overwritten.
    target_ld : int64
        Distance of its rows, in bytes; they have room for whole vectors.
    absent : float32 or float64
        What rows of the source after its last one count as; the numbers have its dtype.
    """
    width = width_of(absent)
    lanes = VECTOR_BYTES // width
    for c in range(0, columns, lanes):
        for r in range(0, rows, lanes):
            _turn_square(
                source + r * ld + width * c, ld, rows - r, target + c * target_ld + width * r,
                target_ld, absent,
            )


@kernel(thin=True)
def gather_turned(source, ld, columns, order, rows, target, target_ld, absent):
    """target <- some rows of source, transposed, with whole vectors of rows.

    Parameters
    ----------
    source : int64
        Address of a matrix.
    ld : int64
        Distance of its rows, in bytes.
    columns : int
        Columns of it.
    order : int64
        Address of the numbers of the rows, int64.
    rows : int
        How many of them.
    target : int64
        Address of the transposed rows, overwritten; a whole number of vectors of rows of it.
    target_ld : int64
        Distance of its rows, in bytes; they have room for whole vectors.
    absent : float32 or float64
        A zero of the numbers' dtype: it follows the last column.
    """
    width = width_of(absent)
    lanes = VECTOR_BYTES // width
    for r in range(0, rows, lanes):
        numbers = order + ROW_NUMBER_BYTES * r
        for c in range(0, columns, lanes):
            if width * (columns - c) > AHEAD:
                _fetch_rows_of(source + width * c + AHEAD, ld, numbers, rows - r, absent)
            _turn_rows_of(
                source + width * c, ld, numbers, rows - r, columns - c,
                target + c * target_ld + width * r, target_ld, absent,
            )
