"""Floating-point numbers as whole numbers: their bits, compared many at a time.

Without the sign bit, the bits of floating-point numbers are ordered as the magnitudes
are, with NaN above infinity.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.imputils import impl_ret_borrowed
from numba.extending import intrinsic, lower_builtin, type_callable


def float_bits(memory: Any) -> Any:
    """The bits of floating-point numbers as whole numbers, in the same memory.

    Parameters
    ----------
    memory : array of float32 or float64
        The numbers.

    Returns
    -------
    array of int32 or int64
        A view of them.
    """
    return memory.view(np.int32 if memory.itemsize == 4 else np.int64)


# Not an overload: it would return an array, which kernels that allocate nothing may not do.
@type_callable(float_bits)
def _type_of_bits(context: Any) -> Any:
    def typed(memory: Any) -> Any:
        if not isinstance(memory, types.Array):
            return None
        return memory.copy(dtype=types.int32 if memory.dtype == types.float32 else types.int64)

    return typed


@lower_builtin(float_bits, types.Array)
def _lower_bits(context: Any, builder: Any, signature: Any, values: Any) -> Any:
    given = context.make_array(signature.args[0])(context, builder, values[0])
    made = context.make_array(signature.return_type)(context, builder)
    word = context.get_data_type(signature.return_type.dtype)
    for field in ("meminfo", "parent", "nitems", "itemsize", "shape", "strides"):
        setattr(made, field, getattr(given, field))
    made.data = builder.bitcast(given.data, word.as_pointer())
    return impl_ret_borrowed(context, builder, signature.return_type, made._getvalue())


@intrinsic
def magnitude(typingctx: Any, bits: Any) -> Any:
    """The bits of a number without its sign.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    bits : int32 or int64
        Of the number.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = values[0].type
        return builder.and_(values[0], ir.Constant(kind, (1 << (kind.width - 1)) - 1))

    return bits(bits), generate


@intrinsic
def larger(typingctx: Any, left: Any, right: Any) -> Any:
    """The larger of two whole numbers in their own width, which numba would widen.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    left : int32 or int64
        One number.
    right : like left
        The other.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.select(builder.icmp_signed(">", *values), *values)

    return right(right, right), generate


@intrinsic
def least(typingctx: Any, least_before: Any, bits: Any) -> Any:
    """The smaller of two magnitudes less one, in unsigned order: zero is the largest.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    least_before : int32 or int64
        A result of this function, or -1, to begin with.
    bits : like least_before
        A magnitude: the bits of a number without its sign.

    Returns
    -------
    like bits
        The smaller of ``least_before`` and ``bits - 1``, compared as unsigned numbers.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        before, word = values
        less_one = builder.sub(word, ir.Constant(word.type, 1))
        return builder.select(builder.icmp_unsigned("<", before, less_one), before, less_one)

    return bits(bits, bits), generate


@intrinsic
def number(typingctx: Any, bits: Any) -> Any:
    """The floating-point number whose bits these are, as float64.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    bits : int32 or int64
        Of a float32 or float64 number.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if values[0].type.width == 64:
            return builder.bitcast(values[0], ir.DoubleType())
        return builder.fpext(builder.bitcast(values[0], ir.FloatType()), ir.DoubleType())

    return types.float64(bits), generate
