"""The two forms in which bfloat16 operands of a product lie in memory.

*Rows*: the left operand, row after row, ``ld`` bytes apart; two neighbours in a row are
one word.  *Panels*: the right operand in panels of 64 columns; for every two rows of it
there are 64 words (upper, lower) side by side, or 16, 32 or 48 in a last panel that is
narrower.

Float32 is rounded to the nearest bfloat16, to even.  What is missing to a whole word or
vector is filled with zeros.
"""

from __future__ import annotations

from typing import Any

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.vectorized.bfloat16_numbers import paired, to_bfloat16
from fastavg.kernels.vectorized.emitter import (
    FEW_HALVES,
    LANES,
    VECTOR_BYTES,
    WORD_BYTES,
    WORDS,
    Emitter,
    emitted,
)

PANEL = 64
# Float32 that make one vector of bfloat16.
PAIR_LANES = 2 * LANES


def row_bytes(columns: int) -> int:
    """The distance of two rows of the left operand, in bytes.

    It is an odd number of cache lines, since rows a power of two apart fall into the same few
    cache sets.

    Parameters
    ----------
    columns : int
        Numbers of a row.

    Returns
    -------
    int
        Bytes.
    """
    lines = -(-columns // PAIR_LANES)
    return VECTOR_BYTES * (lines + (lines % 2 == 0))


def panel_bytes(rows: int) -> int:
    """The distance of two panels of the right operand, in bytes.

    A transposition writes 16 words at once, so it is that of a multiple of 32 rows.

    Parameters
    ----------
    rows : int
        Rows of the right operand.

    Returns
    -------
    int
        Bytes.
    """
    return PANEL * WORD_BYTES * (-(-rows // PAIR_LANES) * LANES)


@kernel
def panel_vectors(columns):
    """Vectors of 16 words in each pair of rows of a panel.

    Parameters
    ----------
    columns : int
        Columns of the right operand from the panel's first one to the end.

    Returns
    -------
    int
        1 to 4.
    """
    return (min(PANEL, columns) + LANES - 1) // LANES


@emitted
def _convert(to: Emitter, source: Any, count: Any, target: Any) -> None:
    # Up to 32 float32 of a row.
    low = to.load_lanes(source, to.first_lanes(count))
    more = to.first_lanes(to.builder.sub(count, count.type(LANES)))
    high = to.load_lanes(to.after(source, VECTOR_BYTES), more)
    to.store(to_bfloat16(to, low, high), target)


@emitted
def _turn_halves(to: Emitter, source: Any, ld: Any, target: Any, target_ld: Any) -> None:
    # 32 rows of 16 bfloat16 become 16 rows of 16 words.
    order = [lane // 2 + LANES * (lane % 2) for lane in range(PAIR_LANES)]
    turned = []
    for row in range(0, PAIR_LANES, 2):
        at = to.after(source, to.times(ld, row))
        pair = to.shuffle(to.load(at, FEW_HALVES), to.load(to.after(at, ld), FEW_HALVES), order)
        turned.append(to.builder.bitcast(pair, WORDS))
    for row, words in enumerate(to.transposed(turned)):
        to.store(words, to.after(target, to.times(target_ld, row)))


@kernel
def to_rows(source, ld, rows, columns, target, target_ld):
    """Write a float32 matrix as the left operand of a product.

    Parameters
    ----------
    source : int64
        Address of the float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    rows, columns : int
        Shape of the matrix.
    target : int64
        Address of the left operand, overwritten.
    target_ld : int64
        Distance of its rows, in bytes (:func:`row_bytes`).
    """
    for r in range(rows):
        s, t = source + r * ld, target + r * target_ld
        for c in range(0, columns, PAIR_LANES):
            _convert(s + WORD_BYTES * c, columns - c, t + 2 * c)


@kernel
def clear_row(columns, target):
    """Fill a row of the left operand with zeros.

    Parameters
    ----------
    columns : int
        Numbers of the row.
    target : int64
        Address of the row, overwritten.
    """
    for c in range(0, columns, PAIR_LANES):
        _convert(target, 0, target + 2 * c)


@kernel
def turn_rows(source, ld, rows, columns, target, target_ld):
    """Transpose a left operand.

    Reads ``rows`` up to the next multiple of 32, and writes words of the rows up to there.

    Parameters
    ----------
    source : int64
        Address of a left operand of bfloat16.
    ld : int64
        Distance of its rows, in bytes.
    rows, columns : int
        Shape of the source.
    target : int64
        Address of the transposed left operand, overwritten.
    target_ld : int64
        Distance of its rows, in bytes (:func:`row_bytes`).
    """
    for r in range(0, rows, PAIR_LANES):
        for c in range(0, columns, LANES):
            _turn_halves(source + r * ld + 2 * c, ld, target + c * target_ld + 2 * r, target_ld)


def _square(rows: bool, turned: bool) -> Any:
    """Pack 16 rows of 32 float32 in panels, and as rows or turned in panels of their own."""

    @emitted
    def pack(
        to: Emitter, source: Any, ld: Any, height: Any, count: Any, panel: Any, panel_ld: Any,
        other: Any, other_ld: Any,
    ) -> None:
        builder = to.builder
        first = to.first_lanes(count)
        second = to.first_lanes(builder.sub(count, count.type(LANES)))
        lows, highs = [], []
        for row in range(LANES):
            # Below the last row it is taken again: what is there is never used, but is read.
            there = builder.icmp_signed("<", height.type(row), height)
            place = builder.select(there, height.type(row), builder.sub(height, height.type(1)))
            at = to.after(source, builder.mul(ld, place))
            lows.append(to.load_lanes(at, first))
            highs.append(to.load_lanes(to.after(at, VECTOR_BYTES), second))
        # Two rows eight apart, or the two halves of one row, in a vector of 32 numbers.
        across = [
            [to_bfloat16(to, half[row], half[row + LANES // 2]) for row in range(LANES // 2)]
            for half in (lows, highs)
        ]
        along = [to_bfloat16(to, *pair) for pair in zip(lows, highs, strict=True)] if rows else []
        columns = []
        for half in across:
            pairs = [paired(to, *half[row : row + 2]) for row in range(0, LANES // 2, 2)]
            columns.append([words for part in zip(*pairs, strict=True) for words in part])
        for index, words in enumerate(columns[0]):
            to.store(words, to.after(panel, to.times(panel_ld, index)))
        with builder.if_then(builder.icmp_signed(">", count, count.type(LANES))):
            for index, words in enumerate(columns[1]):
                at = to.after(panel, to.times(panel_ld, index))
                to.store(words, to.after(at, VECTOR_BYTES))
        if turned:
            # Taken across, the first round of the transposition is done.
            words = [builder.bitcast(each, WORDS) for half in across for each in half]
            along = to.transposed(words, LANES // 4)
        for row, each in enumerate(along):
            to.store(each, to.after(other, to.times(other_ld, row)))

    return pack


_panels_only = _square(rows=False, turned=False)
_rows_too = _square(rows=True, turned=False)
_turned_too = _square(rows=False, turned=True)


@kernel
def to_panels(source, ld, first, stop, rows, columns, target, distance):
    """Write some rows of a float32 matrix as those of the right operand of a product.

    Parameters
    ----------
    source : int64
        Address of the float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    first : int
        The first of the rows that are written, a multiple of 16.
    stop : int
        The row after the last one; a multiple of 16, or ``rows``.
    rows, columns : int
        Shape of the matrix.
    target : int64
        Address of the panels, overwritten.
    distance : int64
        Distance of two panels, in bytes (:func:`panel_bytes`).
    """
    for r in range(first, stop, LANES):
        for c in range(0, columns, PAIR_LANES):
            t, t_ld = _place(columns, r, c, target, distance)
            _panels_only(
                source + r * ld + WORD_BYTES * c, ld, rows - r, columns - c, t, t_ld, 0, 0
            )


@kernel
def to_panels_and_rows(
    source, ld, rows, columns, target, distance, left, left_ld,
):
    """Write a float32 matrix as the right operand of a product, and as the left of another.

    Parameters
    ----------
    source : int64
        Address of the float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    rows, columns : int
        Shape of the matrix.
    target : int64
        Address of the panels, overwritten.
    distance : int64
        Distance of two panels, in bytes (:func:`panel_bytes`).
    left : int64
        Address of the left operand, overwritten.
    left_ld : int64
        Distance of its rows, in bytes (:func:`row_bytes`).
    """
    for r in range(0, rows, LANES):
        for c in range(0, columns, PAIR_LANES):
            t, t_ld = _place(columns, r, c, target, distance)
            _rows_too(
                source + r * ld + WORD_BYTES * c, ld, rows - r, columns - c, t, t_ld,
                left + r * left_ld + 2 * c, left_ld,
            )


@kernel
def to_panels_both_ways(
    source, ld, first, stop, rows, columns, target, distance, turned, turned_distance
):
    """Write some rows of a float32 matrix in panels, and transposed in panels of their own.

    Parameters
    ----------
    source : int64
        Address of the float32 matrix.
    ld : int64
        Distance of its rows, in bytes.
    first : int
        The first of the rows that are written, a multiple of 16.
    stop : int
        The row after the last one; a multiple of 16, or ``rows``.
    rows, columns : int
        Shape of the matrix.
    target : int64
        Address of the panels, overwritten.
    distance : int64
        Distance of two panels, in bytes (:func:`panel_bytes`).
    turned : int64
        Address of the panels of the transposed matrix, overwritten.
    turned_distance : int64
        Distance of two of these, in bytes (:func:`panel_bytes` of ``columns``).
    """
    for r in range(first, stop, LANES):
        for c in range(0, columns, PAIR_LANES):
            t, t_ld = _place(columns, r, c, target, distance)
            u, u_ld = _place(rows, c, r, turned, turned_distance)
            _turned_too(
                source + r * ld + WORD_BYTES * c, ld, rows - r, columns - c, t, t_ld, u, u_ld
            )


@kernel
def _place(columns, row, column, target, distance):
    # Where a place of the right operand is, and the distance of its pairs of rows.
    panel = column // PANEL
    width = WORD_BYTES * LANES * panel_vectors(columns - panel * PANEL)
    at = target + panel * distance + row // 2 * width + WORD_BYTES * (column - panel * PANEL)
    return at, width
