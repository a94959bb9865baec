"""Products of small operands, float32 or float64, that are read where they lie, tile by tile.

A tile is as many rows and vectors of columns as there are registers for its sums.  Its loop over
the depth loads the vectors of one row of the right operand, and spreads one number of every row
of the left one.  The left operand's steps from row to row and along the depth are free, so it may
be transposed; nothing is packed.  A full panel meanwhile asks for what the next tile takes of the
left operand, line by line.

What is done to each number of the product comes before it is written: an activation that takes
one instruction, or the derivative of the layer that an error is handed back to.

Every sum begins with a number of its row, such as a bias, and takes the products in the order of
the depth, each rounded once: its bits depend neither on tiles nor on which way the lanes lie.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import width_of
from fastavg.kernels.vectorized.emitter import (
    SIZE,
    VECTOR_BYTES,
    Emitter,
    bytes_of,
    emitted,
    vector_of,
)
from fastavg.kernels.vectorized.target import has_wide_vectors

WIDE = has_wide_vectors()
# Columns of a panel of float32, and for its vectors of columns the heights of tiles: the highest
# leaves registers for the operands, the others take what is left over.  A full panel has FULL
# vectors.  Where a vector takes two registers, and there are 16 of them, tiles have one vector.
PANEL = 64
# What is done to the numbers of a product before they are written.
AS_IT_IS, RELU_OF, TIMES_RELU, TIMES_LOGISTIC, TIMES_TANH, ADDED = range(6)
FULL = 4
PANEL_BYTES = FULL * VECTOR_BYTES
HEIGHTS = {
    1: (16, 8, 4, 2, 1) if WIDE else (6, 4, 3, 2, 1), 2: (12, 4, 2, 1), 3: (8, 4, 2, 1),
    FULL: (6, 4, 2, 1),
}
# Rows that two lower tiles share: a tile of one or two would wait for each of its sums.
SHARED = () if WIDE else (7, 8)


def strip_of(vectors: int, write: Callable[..., None]) -> Any:
    """A function for kernels that makes all rows of one panel, tile by tile.

    It takes what :func:`multiply` takes, without columns.  Its numbers have the type of the scale.

    Parameters
    ----------
    vectors : int
        Of columns, 1 to ``FULL``.
    write : callable
        Writes the code that takes the numbers of a tile, already multiplied with the scale, to
        memory: of an :class:`Emitter`, the numbers line by line, their distances from the tile's
        first one in bytes, the address of this one in the target, the same distance behind
        ``outputs``, ``finish`` and ``outputs``.

    Returns
    -------
    function
        For use in kernels.
    """

    @emitted
    def strip(
        to: Emitter, rows: Any, depth: Any, left: Any, row_step: Any, depth_step: Any, right: Any,
        right_ld: Any, start: Any, start_step: Any, scale: Any, target: Any, target_ld: Any,
        finish: Any, outputs: Any,
    ) -> None:
        builder, number, kind = to.builder, scale.type, vector_of(scale.type)
        factor = to.splat(scale, kind.count)
        done: Any = SIZE(0)
        for height in HEIGHTS[vectors]:
            # While so many rows are left: one tile of them.
            before = builder.block
            head = builder.append_basic_block("rows")
            body, after = builder.append_basic_block("tile"), builder.append_basic_block("left")
            builder.branch(head)
            builder.position_at_end(head)
            row = builder.phi(SIZE)
            row.add_incoming(done, before)
            left_over = builder.sub(rows, row)
            there = builder.icmp_signed(">=", left_over, SIZE(height))
            for count in SHARED if height == max(HEIGHTS[vectors]) else ():
                fits = builder.icmp_signed("!=", left_over, SIZE(count))
                there = builder.and_(there, fits)
            builder.cbranch(there, body, after)
            builder.position_at_end(body)
            begun = [
                to.splat(to.load(
                    to.after(start, builder.mul(start_step, builder.add(row, SIZE(r)))), number
                ), kind.count)
                for r in range(height)
            ]
            own = to.after(left, builder.mul(row, row_step))
            sums = _sums(
                to, vectors, depth, own, row_step, depth_step, right, right_ld, begun,
                _ahead(to, begun, own, row_step, depth_step) if vectors == FULL else None,
            )
            down = builder.mul(row, target_ld)
            places = [
                [to.after(to.times(target_ld, r), VECTOR_BYTES * v) for v in range(vectors)]
                if r else [SIZE(VECTOR_BYTES * v) for v in range(vectors)]
                for r in range(height)
            ]
            done_to = [[builder.fmul(total, factor) for total in line] for line in sums]
            write(
                to, done_to, places, to.after(target, down), to.after(outputs, down), finish,
                outputs,
            )
            row.add_incoming(builder.add(row, SIZE(height)), builder.block)
            builder.branch(head)
            builder.position_at_end(after)
            done = row

    return strip


def _ahead(
    to: Emitter, begun: list[Any], left: Any, row_step: Any, depth_step: Any
) -> tuple[Any, Any]:
    """Where the left operand of the next tile is, and steps through it.

    They are those of the depth, or pass along its rows if they lie side by side.
    """
    builder, height, width = to.builder, len(begun), bytes_of(begun[0].type.element)
    apart = builder.icmp_signed(">", depth_step, SIZE(width))
    step = builder.select(apart, depth_step, SIZE(width * height))
    return to.after(left, builder.mul(row_step, SIZE(height))), step


def _sums(
    to: Emitter, vectors: int, depth: Any, left: Any, row_step: Any, depth_step: Any, right: Any,
    right_ld: Any, begun: list[Any], ahead: tuple[Any, Any] | None,
) -> list[list[Any]]:
    """The sums over the depth, at least one, of a tile's rows and vectors."""
    builder, before, kind = to.builder, to.builder.block, begun[0].type
    loop, after = builder.append_basic_block("depth"), builder.append_basic_block("sums")
    builder.branch(loop)
    builder.position_at_end(loop)
    left_to_go, a, b = (builder.phi(SIZE) for _ in range(3))
    wanted = None if ahead is None else builder.phi(SIZE)
    totals = [[builder.phi(kind) for _ in range(vectors)] for _ in begun]
    columns = [to.load(to.after(b, VECTOR_BYTES * v), kind) for v in range(vectors)]
    sums = []
    for r, line in enumerate(totals):
        number = to.load(to.after(a, to.times(row_step, r)), kind.element)
        spread = to.splat(number, kind.count)
        sums.append([
            to.fused(spread, column, total) for total, column in zip(line, columns, strict=True)
        ])
        for total, added in zip(line, sums[-1], strict=True):
            total.add_incoming(begun[r], before)
            total.add_incoming(added, loop)
    fewer = builder.sub(left_to_go, SIZE(1))
    steps = [
        (left_to_go, depth, fewer), (a, left, builder.add(a, depth_step)),
        (b, right, builder.add(b, right_ld)),
    ]
    if wanted is not None and ahead is not None:
        to.fetch(wanted)
        steps.append((wanted, ahead[0], builder.add(wanted, ahead[1])))
    for phi, first, following in steps:
        phi.add_incoming(first, before)
        phi.add_incoming(following, loop)
    builder.cbranch(builder.icmp_signed(">", fewer, SIZE(0)), loop, after)
    builder.position_at_end(after)
    return sums


def _write(
    to: Emitter, numbers: list[list[Any]], places: list[list[Any]], target: Any, outputs: Any,
    finish: Any, _: Any,
) -> None:
    """Finish the numbers of a tile, and write them."""
    builder = to.builder
    after = builder.append_basic_block("written")
    ways = [
        (kind, builder.append_basic_block("finish")) for kind in
        (RELU_OF, TIMES_RELU, TIMES_LOGISTIC, TIMES_TANH, ADDED)
    ]
    plain = builder.append_basic_block("plain")
    choice = builder.switch(finish, plain)
    for kind, block in [*ways, (AS_IT_IS, plain)]:
        if kind != AS_IT_IS:
            choice.add_case(SIZE(kind), block)
        builder.position_at_end(block)
        for line, distances in zip(numbers, places, strict=True):
            for number, distance in zip(line, distances, strict=True):
                out = None
                if kind in (TIMES_RELU, TIMES_LOGISTIC, TIMES_TANH, ADDED):
                    out = to.load(builder.add(outputs, distance), number.type)
                finished = _finished(to, kind, number, out)
                to.store(finished, builder.add(target, distance))
        builder.branch(after)
    builder.position_at_end(after)


def _finished(to: Emitter, kind: int, number: Any, out: Any) -> Any:
    builder, zeros, ones = to.builder, to.zeros(number.type), to.ones(number.type)
    if kind == RELU_OF:
        # Written so that NaN passes through.
        return builder.select(builder.fcmp_ordered("<", number, zeros), zeros, number)
    if kind == TIMES_RELU:
        return builder.select(builder.fcmp_ordered(">", out, zeros), number, zeros)
    if kind == TIMES_LOGISTIC:
        return builder.fmul(number, builder.fmul(out, builder.fsub(ones, out)))
    if kind == TIMES_TANH:
        return builder.fmul(number, builder.fsub(ones, builder.fmul(out, out)))
    if kind == ADDED:
        return builder.fadd(out, number)
    return number


_one_vector, _two_vectors, _three_vectors, multiply_full = (
    strip_of(vectors, _write) for vectors in HEIGHTS
)


@kernel(thin=True)
def _all_vectors_at_once(
    vectors, rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
    target, target_ld, finish, outputs,
):
    if vectors == FULL:
        multiply_full(
            rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
            target, target_ld, finish, outputs,
        )
    elif vectors == 3:
        _three_vectors(
            rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
            target, target_ld, finish, outputs,
        )
    elif vectors == 2:
        _two_vectors(
            rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
            target, target_ld, finish, outputs,
        )
    else:
        _one_vector(
            rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
            target, target_ld, finish, outputs,
        )


@kernel(thin=True)
def _one_vector_after_the_other(
    vectors, rows, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
    target, target_ld, finish, outputs,
):
    for v in range(0, VECTOR_BYTES * vectors, VECTOR_BYTES):
        _one_vector(
            rows, depth, left, row_step, depth_step, right + v, right_ld, start, start_step, scale,
            target + v, target_ld, finish, outputs + v,
        )


_multiply_panel = _all_vectors_at_once if WIDE else _one_vector_after_the_other


@kernel(thin=True)
def multiply(
    rows, columns, depth, left, row_step, depth_step, right, right_ld, start, start_step, scale,
    target, target_ld, finish, outputs,
):
    """target <- scale * (start + left right), summed in the scale's dtype, and finished.

    Whole vectors of 64 bytes of the right operand are read, and of the product are written.

    Parameters
    ----------
    rows : int
        Rows of the left operand and of the product.
    columns : int
        Columns of the right operand and of the product.
    depth : int
        Columns of the left operand and rows of the right one, at least one.
    left : int64
        Address of the left operand.
    row_step, depth_step : int64
        From one row of it to the next, and from one column to the next, in bytes.
    right : int64
        Address of the right operand, whose rows are contiguous.
    right_ld : int64
        Distance of its rows, in bytes.
    start : int64
        Address of the number that the sums of the first row begin with.
    start_step : int64
        From there to that of the next row, in bytes.
    scale : float32 or float64
        Factor of the sums; all operands have its dtype.
    target : int64
        Address of the product, overwritten.
    target_ld : int64
        Distance of its rows, in bytes.
    finish : int
        ``AS_IT_IS``; ``RELU_OF`` the numbers; ``TIMES_RELU`` and others: times the derivative of
        that activation; ``ADDED`` to what ``outputs`` has, which may be the target.
    outputs : int64
        Where its outputs are, as far apart as the product's numbers; otherwise not read.
    """
    wide = width_of(scale) * columns
    for p in range(0, wide, PANEL_BYTES):
        vectors = (min(PANEL_BYTES, wide - p) + VECTOR_BYTES - 1) // VECTOR_BYTES
        _multiply_panel(
            vectors, rows, depth, left, row_step, depth_step, right + p, right_ld, start,
            start_step, scale, target + p, target_ld, finish, outputs + p,
        )
