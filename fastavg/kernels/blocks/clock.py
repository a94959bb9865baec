"""The time, inside kernels."""

from __future__ import annotations

import time
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

# Windows has no such clock: there, nothing seems to take any time.
CLOCK = getattr(time, "CLOCK_MONOTONIC", None)


@intrinsic
def seconds(typingctx: Any) -> Any:
    """Seconds from some moment on; zero where the system cannot tell.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.

    Returns
    -------
    float64
        Seconds; only the difference of two times has a meaning.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        double, size, word = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
        if CLOCK is None:
            return double(0.0)
        # A struct timespec: whole seconds, and nanoseconds.
        place = cgutils.alloca_once(builder, ir.ArrayType(size, 2))
        kind = ir.FunctionType(word, [word, place.type])
        function = cgutils.get_or_insert_function(builder.module, kind, "clock_gettime")
        builder.call(function, [word(CLOCK), place])
        whole, rest = (
            builder.sitofp(builder.load(builder.gep(place, [word(0), word(at)])), double)
            for at in (0, 1)
        )
        return builder.fadd(whole, builder.fmul(rest, double(1e-9)))

    return types.float64(), generate
