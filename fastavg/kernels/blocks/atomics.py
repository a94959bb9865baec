"""Atomic operations on whole numbers that several processes share.

They are LLVM instructions, so a cached kernel holds no address of one process.  All of
them are sequentially consistent: what a process wrote before one is visible to every
process that has seen it, on x86 and ARM alike, and a barrier takes only a few.
"""

from __future__ import annotations

import platform
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import kernel

ORDER = "seq_cst"
BYTES = 4
LINE_BYTES = 64


def address_of(context: Any, builder: Any, kind: Any, array: Any, at: Any) -> Any:
    """The LLVM pointer to one number of a contiguous array.

    Parameters
    ----------
    context : numba target context
        Of the function that is compiled.
    builder : llvmlite.ir.IRBuilder
        Where the code is written.
    kind : numba.types.Array
        Type of the array; its elements are of any dtype.
    array : LLVM value
        The array, contiguous.
    at : LLVM value, int64
        Index of the element, in elements.

    Returns
    -------
    LLVM value
        Pointer to ``array[at]``.
    """
    return builder.gep(context.make_array(kind)(context, builder, array).data, [at])


@intrinsic
def fetch_add(typingctx: Any, words: Any, at: Any, value: Any) -> Any:
    """Add to ``words[at]``; what stood there before.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.
    value : int32
        What is added; on overflow the sum wraps around.

    Returns
    -------
    int32
        The word before the addition.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address_of(context, builder, signature.args[0], *values[:2])
        return builder.atomic_rmw("add", place, values[2], ORDER)

    return types.int32(words, types.int64, types.int32), generate


@intrinsic
def load(typingctx: Any, words: Any, at: Any) -> Any:
    """``words[at]`` as it is now.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.

    Returns
    -------
    int32
        The word.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address_of(context, builder, signature.args[0], *values)
        return builder.load_atomic(place, ORDER, BYTES)

    return types.int32(words, types.int64), generate


@intrinsic
def store(typingctx: Any, words: Any, at: Any, value: Any) -> Any:
    """``words[at] <- value``.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.
    value : int32
        What is written.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address_of(context, builder, signature.args[0], *values[:2])
        builder.store_atomic(values[2], place, ORDER, BYTES)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int32), generate


@intrinsic
def relax(typingctx: Any) -> Any:
    """Tell the processor that this loop only waits.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        machine = platform.machine().lower()
        if machine in ("x86_64", "amd64"):
            kind = ir.FunctionType(ir.VoidType(), [])
            pause = cgutils.get_or_insert_function(builder.module, kind, "llvm.x86.sse2.pause")
            builder.call(pause, [])
        elif machine in ("aarch64", "arm64"):
            # The hint YIELD.
            kind = ir.FunctionType(ir.VoidType(), [ir.IntType(32)])
            hint = cgutils.get_or_insert_function(builder.module, kind, "llvm.aarch64.hint")
            builder.call(hint, [ir.IntType(32)(1)])
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def _write_back(typingctx: Any, array: Any, at: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place = address_of(context, builder, signature.args[0], *values)
        word = ir.IntType(8 * BYTES)
        place = builder.bitcast(place, word.as_pointer())
        # Atomic, so that the compiler does not drop what changes nothing.
        value = builder.load_atomic(place, "monotonic", BYTES)
        builder.store_atomic(value, place, "monotonic", BYTES)
        return context.get_dummy_value()

    return types.void(array, types.int64), generate


@kernel
def take_over(array, start, stop):
    """Write one word of every cache line of ``array[start:stop]`` as it stands there.

    A line that another processor has written and this one has read is held by both.  The
    other's next write to it then takes several times longer than if this one alone held it.
    Nobody else may write to the lines meanwhile.

    Parameters
    ----------
    array : array of any dtype, contiguous
        In memory that processes share; 4 bytes of each line are read and written unchanged.
    start : int
        The first element of the part.
    stop : int
        The element after the last one of the part.
    """
    for at in range(start, stop, LINE_BYTES // array.itemsize):
        _write_back(array, at)
