"""Wait for a word in shared memory to change, without using the processor.

On Linux the kernel itself wakes whoever waits for a word (futex(2)), a few microseconds
after the word has changed.  Elsewhere a waiting process sleeps for a tenth of a
millisecond and looks again.
"""

from __future__ import annotations

import ctypes
import platform
import sys
from typing import Any

import llvmlite.binding as llvm
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.blocks.atomics import address_of

# The number of the system call on every machine type that Linux and numba share.
FUTEX_NUMBERS = {
    "x86_64": 202, "aarch64": 98, "ppc64le": 221, "riscv64": 98, "s390x": 238,
}
FUTEX = FUTEX_NUMBERS.get(platform.machine()) if sys.platform == "linux" else None
WAIT, WAKE = 0, 1
EVERYBODY = 2**31 - 1
# The longest that a sleeper does not look for an abort.
NAP_NANOSECONDS = 5_000_000 if FUTEX is not None else 100_000
SLEEP = "fastavg_sleep"
# Windows counts its sleep in milliseconds, the others in microseconds.
SLEEP_UNITS = 1 if sys.platform == "win32" else 100

SIZE, WORD = ir.IntType(64), ir.IntType(32)


def _register_sleep() -> None:
    library: Any = getattr(ctypes, "windll").kernel32 if sys.platform == "win32" else (  # noqa: B009
        ctypes.CDLL(None)
    )
    function = library.Sleep if sys.platform == "win32" else library.usleep
    llvm.add_symbol(SLEEP, int(ctypes.cast(function, ctypes.c_void_p).value or 0))


if FUTEX is None:
    _register_sleep()


def system_call(builder: Any, number: int, *values: Any) -> Any:
    """Write the call of a function of Linux; its result, negative if it refuses.

    Parameters
    ----------
    builder : llvmlite IRBuilder
        Where the call is written.
    number : int
        The function's, on this type of machine.
    *values : llvmlite values
        Its arguments.
    """
    kind = ir.FunctionType(SIZE, [SIZE], var_arg=True)
    function = cgutils.get_or_insert_function(builder.module, kind, "syscall")
    return builder.call(function, [SIZE(number), *values])


@intrinsic
def wait_for_change(typingctx: Any, words: Any, at: Any, expected: Any, nanoseconds: Any) -> Any:
    """Sleep while ``words[at]`` is ``expected``, for so long at most; may return early.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.
    expected : int32
        The value that is waited with.
    nanoseconds : int64
        The longest time, less than a second; without futex it is a tenth of a millisecond.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, at, expected, nanoseconds = values
        if FUTEX is None:
            kind = ir.FunctionType(ir.VoidType(), [WORD])
            function = cgutils.get_or_insert_function(builder.module, kind, SLEEP)
            builder.call(function, [WORD(SLEEP_UNITS)])
            return context.get_dummy_value()
        place = address_of(context, builder, signature.args[0], array, at)
        # A struct timespec: whole seconds, and nanoseconds.
        time = cgutils.alloca_once(builder, ir.ArrayType(SIZE, 2))
        builder.store(SIZE(0), builder.gep(time, [WORD(0), WORD(0)]))
        builder.store(nanoseconds, builder.gep(time, [WORD(0), WORD(1)]))
        system_call(builder, FUTEX, place, WORD(WAIT), expected, time)
        return context.get_dummy_value()

    return types.void(words, types.int64, types.int32, types.int64), generate


@intrinsic
def wake_all(typingctx: Any, words: Any, at: Any) -> Any:
    """Wake every process that sleeps on ``words[at]``.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    words : array of int32, contiguous
        In memory that processes may share.
    at : int64
        Index of the word.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        if FUTEX is not None:
            place = address_of(context, builder, signature.args[0], *values)
            system_call(builder, FUTEX, place, WORD(WAKE), WORD(EVERYBODY))
        return context.get_dummy_value()

    return types.void(words, types.int64), generate
