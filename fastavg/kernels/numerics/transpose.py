"""Transposing a small block in registers.

Copying element by element moves one number a cycle; a square of vectors, shuffled in
log2(width) stages, moves four and more.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import kernel

# Rows and columns of the square that the intrinsic turns.
SQUARE = 16


@intrinsic
def _turn_square(
    typingctx: Any, source: Any, at: Any, ld: Any, target: Any, to: Any, to_ld: Any
) -> Any:
    size = types.int64
    signature = types.void(source, size, size, target, size, size)
    width = SQUARE

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        source, at, ld, target, to, to_ld = values
        number = context.get_value_type(signature.args[0].dtype)
        bytes_ = number.get_abi_size(context.target_data)
        vector = ir.VectorType(number, width)

        def row(kind: Any, array: Any, start: Any, stride: Any, index: int) -> Any:
            base = context.make_array(kind)(context, builder, array).data
            place = builder.add(start, builder.mul(stride, ir.Constant(stride.type, index)))
            return builder.bitcast(builder.gep(base, [place]), vector.as_pointer())

        def shuffle(a: Any, b: Any, order: list[int]) -> Any:
            mask = ir.Constant(ir.VectorType(ir.IntType(32), width), order)
            return builder.shuffle_vector(a, b, mask)

        rows = []
        for index in range(width):
            load = builder.load(row(signature.args[0], source, at, ld, index))
            load.align = bytes_
            rows.append(load)
        span = width // 2
        while span:
            # Exchange the off-diagonal blocks of every 2 span x 2 span block.
            lanes = range(width)
            low = [i if not i & span else width + (i ^ span) for i in lanes]
            high = [(i ^ span) if not i & span else width + i for i in lanes]
            turned = list(rows)
            for index in range(width):
                if not index & span:
                    a, b = rows[index], rows[index + span]
                    turned[index], turned[index + span] = shuffle(a, b, low), shuffle(a, b, high)
            rows, span = turned, span // 2
        for index in range(width):
            store = builder.store(rows[index], row(signature.args[3], target, to, to_ld, index))
            store.align = bytes_
        return context.get_dummy_value()

    return signature, generate


@kernel
def transpose(source, at, ld, rows, columns, target, to, to_ld):
    """target[c, r] <- source[r, c] of a ``rows`` x ``columns`` block.

    Parameters
    ----------
    source : array of float32 or float64
        Holds the block.
    at : int
        Place of its first number.
    ld : int
        Distance of its rows, in numbers.
    rows : int
        Rows of the block.
    columns : int
        Columns of the block.
    target : array like source
        Gets the transposed block.
    to : int
        Place of its first number.
    to_ld : int
        Distance of its rows.
    """
    whole_rows, whole_columns = rows - rows % SQUARE, columns - columns % SQUARE
    for r in range(0, whole_rows, SQUARE):
        for c in range(0, whole_columns, SQUARE):
            _turn_square(source, at + r * ld + c, ld, target, to + c * to_ld + r, to_ld)
    for r in range(rows):
        for c in range(0 if r >= whole_rows else whole_columns, columns):
            target[to + c * to_ld + r] = source[at + r * ld + c]
