"""Numbers below the smallest normal one count as zero while fastavg trains.

A processor needs a hundred times as long for an operation on a subnormal number (below 1.2e-38
in float32) as on any other.  Adam's mean gradient of a unit that has died shrinks by a tenth a
step, and reaches them after 800 steps; it would then stay there, and an epoch would take ten
times as long as the first one.  So the processor is told to take them for zero, and to round to
zero where one would come out.  The switch belongs to the thread.
"""

from __future__ import annotations

import contextlib
import platform
from collections.abc import Iterator
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.jit.decorator import kernel

X86 = platform.machine().lower() in ("x86_64", "amd64")
# The control register MXCSR as a program finds it, and its bits for results that are flushed to
# zero and operands that are taken for zero.
DEFAULT, FLUSH = 0x1F80, 0x8040


@intrinsic
def _exchange(typingctx: Any, new: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        word, pointer = ir.IntType(32), ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer])
        places = [cgutils.alloca_once(builder, word) for _ in range(2)]
        builder.store(values[0], places[1])
        for name, place in zip(("stmxcsr", "ldmxcsr"), places, strict=True):
            function = cgutils.get_or_insert_function(
                builder.module, kind, f"llvm.x86.sse.{name}"
            )
            builder.call(function, [builder.bitcast(place, pointer)])
        return builder.load(places[0])

    return types.uint32(types.uint32), generate


@kernel
def exchange_control(new):
    """Give this thread's floating-point unit new settings; the ones before.

    Parameters
    ----------
    new : uint32
        For the register MXCSR of x86 processors.

    Returns
    -------
    uint32
    """
    return _exchange(new)


@contextlib.contextmanager
def subnormals_are_zero() -> Iterator[None]:
    """Take subnormal numbers for zero in this thread; a no-op on other processors than x86.

    Examples
    --------
    >>> with subnormals_are_zero():
    ...     print(1e-310 * 1.0 in (0.0, 1e-310))
    True
    """
    if not X86:
        yield
        return
    # The first exchange reads; what a thread has set besides, such as its rounding, stays.
    before = exchange_control(np.uint32(DEFAULT | FLUSH))
    exchange_control(np.uint32(before | FLUSH))
    try:
        yield
    finally:
        exchange_control(np.uint32(before))

