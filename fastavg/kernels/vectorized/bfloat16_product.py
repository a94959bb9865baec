"""Products of bfloat16 operands with float32 sums, tile by tile in registers.

A tile is as many rows and columns as there are registers for its sums: its loop over the
depth loads one vector of the right operand for every 16 columns, and one word of the left
operand for every row, which the instruction spreads to all lanes.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.vectorized.bfloat16_forms import PANEL, panel_vectors
from fastavg.kernels.vectorized.bfloat16_numbers import multiply_pairs
from fastavg.kernels.vectorized.emitter import (
    FLOATS,
    SIZE,
    VECTOR_BYTES,
    WORD,
    WORD_BYTES,
    WORDS,
    Emitter,
    emitted,
)


def _tile(height: int, vectors: int) -> Any:
    @emitted
    def tile(
        to: Emitter, left: Any, left_ld: Any, right: Any, depth: Any, scale: Any, target: Any,
        target_ld: Any,
    ) -> None:
        factor = to.splat(scale)
        for r, row in enumerate(_sums(to, height, vectors, left, left_ld, right, depth)):
            at = to.after(target, to.times(target_ld, r))
            for v, total in enumerate(row):
                product = to.builder.fmul(total, factor)
                to.store(product, to.after(at, VECTOR_BYTES * v))

    return tile


def _sums(
    to: Emitter, height: int, vectors: int, left: Any, left_ld: Any, right: Any, depth: Any
) -> list[list[Any]]:
    """The sums over ``depth`` words, at least one, of a tile's rows and vectors."""
    builder, before = to.builder, to.builder.block
    loop, after = builder.append_basic_block("depth"), builder.append_basic_block("sums")
    builder.branch(loop)
    builder.position_at_end(loop)
    place = builder.phi(SIZE)
    place.add_incoming(SIZE(0), before)
    totals = [[builder.phi(FLOATS) for _ in range(vectors)] for _ in range(height)]
    a = to.after(left, builder.mul(place, SIZE(WORD_BYTES)))
    b = to.after(right, builder.mul(place, SIZE(VECTOR_BYTES * vectors)))
    columns = [
        to.load(to.after(b, VECTOR_BYTES * v), WORDS, VECTOR_BYTES) for v in range(vectors)
    ]
    next_place = builder.add(place, SIZE(1))
    place.add_incoming(next_place, loop)
    sums = []
    for r, row in enumerate(totals):
        spread = to.splat(to.load(to.after(a, to.times(left_ld, r)), WORD))
        sums.append([
            multiply_pairs(to, total, spread, column)
            for total, column in zip(row, columns, strict=True)
        ])
        for total, added in zip(row, sums[-1], strict=True):
            total.add_incoming(ir.Constant(FLOATS, [0.0] * 16), before)
            total.add_incoming(added, loop)
    builder.cbranch(builder.icmp_signed("<", next_place, depth), loop, after)
    builder.position_at_end(after)
    return sums


@kernel
def _height(left, most):
    # Rows of the next tile: no tile of two or one while others can share the rest.
    if left >= most + 3 or left == most:
        return most
    if left >= 4:
        return 4
    return 2 if left >= 2 else 1


def _strip(vectors: int, most: int) -> Any:
    # All rows of one panel.
    high, four, two, one = (_tile(height, vectors) for height in (most, 4, 2, 1))

    @kernel(cached=False)
    def strip(rows, left, left_ld, right, depth, scale, target, target_ld):
        r = 0
        while r < rows:
            height = _height(rows - r, most)
            a, c = left + r * left_ld, target + r * target_ld
            if height == most:
                high(a, left_ld, right, depth, scale, c, target_ld)
            elif height == 4:
                four(a, left_ld, right, depth, scale, c, target_ld)
            elif height == 2:
                two(a, left_ld, right, depth, scale, c, target_ld)
            else:
                one(a, left_ld, right, depth, scale, c, target_ld)
            r += height

    return strip


# The highest tiles that leave registers for the operands, and enough sums of their own
# that no multiplication waits for the one before.
_one_vector, _two_vectors = _strip(1, 12), _strip(2, 12)
_three_vectors, _four_vectors = _strip(3, 8), _strip(4, 6)


@kernel
def multiply(rows, columns, depth, left, left_ld, right, distance, scale, target, target_ld):
    """target <- scale * left right: rows times panels, summed in float32.

    The forms of the operands are those of :mod:`fastavg.kernels.vectorized.bfloat16_forms`.
    Whole vectors of 16 columns are written.

    Parameters
    ----------
    rows : int
        Rows of the left operand and of the product.
    columns : int
        Columns of the right operand and of the product.
    depth : int
        Columns of the left operand and rows of the right one, in words of two, at least one.
    left : int64
        Address of the left operand, in rows of bfloat16.
    left_ld : int64
        Distance of its rows, in bytes.
    right : int64
        Address of the right operand, in panels of bfloat16.
    distance : int64
        Distance of two panels, in bytes.
    scale : float32
        Factor of the product.
    target : int64
        Address of the float32 product, overwritten.
    target_ld : int64
        Distance of its rows, in bytes; they have room for whole vectors of 16 columns.
    """
    for p in range(0, columns, PANEL):
        vectors = panel_vectors(columns - p)
        b, c = right + p // PANEL * distance, target + WORD_BYTES * p
        if vectors == 4:
            _four_vectors(rows, left, left_ld, b, depth, scale, c, target_ld)
        elif vectors == 3:
            _three_vectors(rows, left, left_ld, b, depth, scale, c, target_ld)
        elif vectors == 2:
            _two_vectors(rows, left, left_ld, b, depth, scale, c, target_ld)
        else:
            _one_vector(rows, left, left_ld, b, depth, scale, c, target_ld)
