"""Memory that a kernel knows by its address: an int64 that stands in a table."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

SIZE = ir.IntType(64)


@intrinsic
def address_of(typingctx: Any, memory: Any) -> Any:
    """Where an array, or what a pointer points to, begins.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    memory : array of any dtype, or pointer
        The memory; an array is contiguous.

    Returns
    -------
    int64
        The address, in bytes.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        place, (kind,) = values[0], signature.args
        if isinstance(kind, types.Array):
            place = context.make_array(kind)(context, builder, place).data
        return builder.ptrtoint(place, SIZE)

    return types.int64(memory), generate


@intrinsic
def pointer_like(typingctx: Any, address: Any, pointer: Any) -> Any:
    """A pointer to an address, of the type of another pointer.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    address : int64
        In bytes.
    pointer : pointer
        Says what is pointed to.

    Returns
    -------
    pointer
        :func:`numba.carray` makes an array of it.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = context.get_value_type(signature.return_type)
        return builder.inttoptr(values[0], kind)

    return pointer(types.int64, pointer), generate


@intrinsic
def int32_pointer(typingctx: Any, address: Any) -> Any:
    """A pointer to int32 at an address.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    address : int64
        In bytes.

    Returns
    -------
    pointer to int32
        :func:`numba.carray` makes an array of it.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        kind = context.get_value_type(signature.return_type)
        return builder.inttoptr(values[0], kind)

    return types.CPointer(types.int32)(types.int64), generate


@intrinsic
def width_of(typingctx: Any, number: Any) -> Any:
    """Bytes of a number.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    number : float32 or float64
        Any number of the type.

    Returns
    -------
    int64
        4 or 8.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return SIZE(signature.args[0].bitwidth // 8)

    return types.int64(number), generate
