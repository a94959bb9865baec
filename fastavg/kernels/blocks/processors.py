"""The processor that a process runs on, and leaving it for another one.

Two processes that wake each other in turn never run at the same time.  If they have come to share
a processor, Linux sees no reason to part them: each has just run there, so each is held
to have its data there.  One of the two then has to leave.

On systems other than Linux nobody knows its processor, and nobody leaves it.
"""

from __future__ import annotations

import platform
import sys
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.blocks.sleeping import system_call

# Numbers of the system calls getcpu, sched_setaffinity and sched_getaffinity on every machine
# type that Linux and numba share.
_NUMBERS = {
    "x86_64": (309, 203, 204), "aarch64": (168, 122, 123), "ppc64le": (302, 222, 223),
    "riscv64": (168, 122, 123), "s390x": (311, 239, 240),
}
CALLS = _NUMBERS.get(platform.machine()) if sys.platform == "linux" else None
UNKNOWN = -1
# Bytes of a set of processors, one bit each.  A machine that has more keeps everybody's place.
SET_BYTES = 128

SIZE, WORD, BYTE = ir.IntType(64), ir.IntType(32), ir.IntType(8)


@intrinsic
def processor(typingctx: Any) -> Any:
    """The number of the processor that runs this, or ``UNKNOWN``.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.

    Returns
    -------
    int32
        The number, from 0 on.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if CALLS is None:
            return WORD(UNKNOWN)
        number = cgutils.alloca_once_value(builder, WORD(UNKNOWN))
        system_call(builder, CALLS[0], number, SIZE(0), SIZE(0))
        return builder.load(number)

    return types.int32(), generate


@intrinsic
def leave_processor(typingctx: Any, number: Any) -> Any:
    """Go on on another processor of those that this thread may use, if there is one.

    The thread is kept off its processor for a moment.  Afterwards it may use those that it
    might use before, and stays where it is until the system moves it.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    number : int32
        The processor to leave (:func:`processor`), 0 or more.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if CALLS is None:
            return context.get_dummy_value()
        _, confine, ask = CALLS
        itself, size = SIZE(0), SIZE(SET_BYTES)
        allowed = cgutils.alloca_once(builder, ir.ArrayType(BYTE, SET_BYTES))
        whole = builder.bitcast(allowed, BYTE.as_pointer())
        known = builder.icmp_signed(">", system_call(builder, ask, itself, size, whole), SIZE(0))
        inside = builder.icmp_unsigned("<", values[0], WORD(8 * SET_BYTES))
        with builder.if_then(builder.and_(known, inside)):
            place = builder.gep(whole, [builder.lshr(values[0], WORD(3))])
            bit = builder.shl(BYTE(1), builder.trunc(builder.and_(values[0], WORD(7)), BYTE))
            before = builder.load(place)
            builder.store(builder.and_(before, builder.not_(bit)), place)
            system_call(builder, confine, itself, size, whole)
            builder.store(before, place)
            system_call(builder, confine, itself, size, whole)
        return context.get_dummy_value()

    return types.void(types.int32), generate
