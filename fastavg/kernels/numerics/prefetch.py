"""Ask for memory before it is needed."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import kernel

LINE_BYTES = 64
# The processor itself goes on with a row that is longer.
FIRST_LINES = 4


def _prefetch_instruction(writes: int) -> Any:
    def prefetch(typingctx: Any, array: Any, at: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            array, at = values
            base = context.make_array(signature.args[0])(context, builder, array).data
            address = builder.bitcast(builder.gep(base, [at]), ir.IntType(8).as_pointer())
            integer = ir.IntType(32)
            kind = ir.FunctionType(ir.VoidType(), [address.type, integer, integer, integer])
            function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
            # Into the second-level cache, as data.
            builder.call(function, [address, integer(writes), integer(2), integer(1)])
            return context.get_dummy_value()

        return types.void(array, types.int64), generate

    return intrinsic(prefetch)


_prefetch, _prefetch_to_write = _prefetch_instruction(0), _prefetch_instruction(1)


@kernel
def prefetch_rows(X, order, first, stop):
    """Load the starts of rows ``order[first:stop]`` into the cache.

    Parameters
    ----------
    X : array (n_rows, n) of float32 or float64
        The rows.
    order : array of int64
        Numbers of rows.
    first : int
        First place in ``order``.
    stop : int
        The place behind the last one.
    """
    n = X.shape[1]
    flat = X.reshape(-1)
    line = LINE_BYTES // X.itemsize
    reach = min(n - 1, FIRST_LINES * line)
    for place in range(first, stop):
        start = order[place] * n
        for at in range(start, start + reach, line):
            _prefetch(flat, at)
        _prefetch(flat, start + reach)


@kernel
def prefetch_columns(X, order, first, stop, begin, end):
    """Load columns ``begin`` to ``end - 1`` of rows ``order[first:stop]`` into the cache.

    Parameters
    ----------
    X : array (n_rows, n) of float32 or float64
        The rows.
    order : array of int64
        Numbers of rows.
    first : int
        First place in ``order``.
    stop : int
        The place behind the last one.
    begin, end : int
        Columns, ``0 <= begin < end <= n``.
    """
    n = X.shape[1]
    flat = X.reshape(-1)
    line = LINE_BYTES // X.itemsize
    for place in range(first, stop):
        start = order[place] * n
        for at in range(start + begin, start + end, line):
            _prefetch(flat, at)


@kernel
def prefetch_span(numbers, first, count):
    """Load a part of an array into the cache.

    Parameters
    ----------
    numbers : array of float32 or float64
        The array.
    first : int
        Place of the first number.
    count : int
        How many.
    """
    for at in range(first, first + count, LINE_BYTES // numbers.itemsize):
        _prefetch(numbers, at)


@kernel
def prefetch_to_write(numbers, first, count):
    """Load a part of an array into the cache, and out of the other processors' caches.

    Parameters
    ----------
    numbers : array of float32 or float64
        The array.
    first : int
        Place of the first number.
    count : int
        How many.
    """
    for at in range(first, first + count, LINE_BYTES // numbers.itemsize):
        _prefetch_to_write(numbers, at)
