"""Products of operands that first-level caches do not hold, chunk by chunk.

Where a vector takes two registers, a tile has one of them, and a right operand is read once for
every few rows of the left one.  A chunk of these rows stays in the second-level cache while it
meets all columns, so that they come from farther away once a chunk and not once a tile.  A left
operand whose neighbours along the depth lie rows apart, each in a cache line of its own, is
copied first: the rows of a tile side by side, tile after tile.

Neither changes a bit, since each sum keeps its order.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import width_of
from fastavg.kernels.vectorized.emitter import FLOAT, VECTOR_BYTES, WORD_BYTES, Emitter, emitted
from fastavg.kernels.vectorized.float_tiles import HEIGHTS, WIDE, multiply

# Rows of the highest tile of one vector, and bytes of a chunk, unless a tile has more.
TILE = HEIGHTS[1][0]
CHUNK_BYTES = 163_840
# Up to this depth the lines that a left operand lies in stay in the first-level cache.
MOST_IN_PLACE = 256
# Fewer columns of the product do not pay for a copy; by the bytes of a number.
LEAST_COLUMNS = {4: 64, 8: 48}
# Rows of lines that are fetched before they are copied: processors do not foresee long strides.
AHEAD = 8


def copy_size(depth: int, columns: int, width: int) -> int:
    """Numbers that the copy of a chunk takes, or 0 if the left operand is read where it lies.

    Parameters
    ----------
    depth : int
        Columns of the left operand.
    columns : int
        Columns of the product.
    width : int
        Bytes of a number.

    Examples
    --------
    >>> copy_size(100, 64, 4)
    0
    """
    if WIDE or depth <= MOST_IN_PLACE or columns < LEAST_COLUMNS[width]:
        return 0
    return int(rows_of_chunk.py_func(depth * width)) * depth


@kernel
def rows_of_chunk(row_bytes):
    """How many rows of the left operand a chunk has, whole tiles of them.

    Parameters
    ----------
    row_bytes : int
        Bytes of one, at least one.
    """
    return max(CHUNK_BYTES // row_bytes // TILE, 1) * TILE


@emitted
def _copy_words(to: Emitter, source: Any, target: Any) -> None:
    to.store(to.load(source, ir.VectorType(FLOAT, TILE)), target)


@emitted
def _fetch(to: Emitter, address: Any) -> None:
    to.fetch(address)


@kernel(thin=True)
def copy_tiles(rows, depth, width, left, depth_step, copy):
    """copy <- rows of the left operand that lie side by side, tile after tile.

    Parameters
    ----------
    rows : int
        How many; numbers after them are read to the end of a tile.
    depth : int
        Their columns.
    width : int
        Bytes of a number, a multiple of 4.
    left : int64
        Address of the first number.
    depth_step : int64
        From one column to the next, in bytes.
    copy : int64
        Address of the copy, overwritten.
    """
    for k in range(depth):
        column = left + k * depth_step
        for line in range(0, width * rows, VECTOR_BYTES):
            _fetch(column + AHEAD * depth_step + line)
        for r in range(0, rows, TILE):
            source, target = column + width * r, copy + width * (r * depth + TILE * k)
            for part in range(0, width * TILE, WORD_BYTES * TILE):
                _copy_words(source + part, target + part)


@kernel(thin=True)
def multiply_in_chunks(
    rows, columns, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
    target, target_ld, finish, outputs, copy,
):
    """What :func:`fastavg.kernels.vectorized.float_tiles.multiply` does, with the same bits.

    Parameters
    ----------
    rows, columns, depth : int
        As there.
    left, row_step, depth_step : int64
        As there; rows of a left operand that is copied lie side by side.
    right, right_ld, start, start_step : int64
        As there.
    scale : float32 or float64
        As there.
    target, target_ld : int64
        As there.
    finish : int
        As there.
    outputs : int64
        As there.
    copy : int64
        Address of memory for :func:`copy_size` numbers, or 0: nothing is copied.
    """
    width = width_of(scale)
    chunk = rows_of_chunk(width * depth) if copy or not WIDE else rows
    # Each tile of a copy is a left operand of its own.
    high, wide = (TILE, VECTOR_BYTES // width) if copy else (chunk, columns)
    for first in range(0, rows, chunk):
        stop = min(first + chunk, rows)
        if copy:
            copy_tiles(stop - first, depth, width, left + first * row_step, depth_step, copy)
        for p in range(0, columns, wide):
            for r in range(first, stop, high):
                at = r * target_ld + width * p
                multiply(
                    min(high, stop - r), min(wide, columns - p), depth,
                    copy + width * (r - first) * depth if copy else left + r * row_step,
                    row_step, width * TILE if copy else depth_step, right + width * p,
                    right_ld, start + r * start_step, start_step, scale, target + at, target_ld,
                    finish, outputs + at,
                )
