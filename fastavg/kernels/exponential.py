"""Exponential and hyperbolic tangent that vectorise.

The C library's ``exp`` is one call a number; a polynomial after range reduction is
one vector operation for 8 or 16 of them.  ``exp(x) = 2^n exp(r)`` with
``|r| <= ln(2)/2``; the Taylor polynomial ends where its next term falls below the
dtype's precision.  NaN stays NaN; beyond the range the result saturates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic, overload

from fastavg.kernels.jit import kernel

LOG2E = 1.4426950408889634
# ln 2 in two parts, the first exact in few bits, so that n * LN2_HIGH does not round.
LN2_HIGH32, LN2_LOW32 = np.float32(0.693359375), np.float32(-2.12194440e-4)
LN2_HIGH64, LN2_LOW64 = 6.93145751953125e-1, 1.42860682030941723212e-6


@intrinsic
def _as_float32(typingctx: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.FloatType())

    return types.float32(types.int32), generate


@intrinsic
def _as_float64(typingctx: Any, bits: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.bitcast(values[0], ir.DoubleType())

    return types.float64(types.int64), generate


@kernel
def _exp32(x):
    f = np.float32
    x = f(-87.0) if x < f(-87.0) else x
    x = f(88.0) if x > f(88.0) else x
    n = np.floor(x * f(LOG2E) + f(0.5))
    r = x - n * LN2_HIGH32 - n * LN2_LOW32
    p = f(1 / 5040)
    p = p * r + f(1 / 720)
    p = p * r + f(1 / 120)
    p = p * r + f(1 / 24)
    p = p * r + f(1 / 6)
    p = p * r + f(0.5)
    p = p * r + f(1.0)
    p = p * r + f(1.0)
    whole = n if n == n else f(0.0)
    return p * _as_float32((np.int32(whole) + np.int32(127)) << np.int32(23))


@kernel
def _exp64(x):
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    n = np.floor(x * LOG2E + 0.5)
    r = x - n * LN2_HIGH64 - n * LN2_LOW64
    p = 1 / 6227020800
    p = p * r + 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 0.5
    p = p * r + 1.0
    p = p * r + 1.0
    whole = n if n == n else 0.0
    return p * _as_float64((np.int64(whole) + np.int64(1023)) << np.int64(52))


def exp(x: Any) -> Any:
    """Exponential of one float32 or float64 number; for use inside kernels."""
    return np.exp(x)


@overload(exp)
def _exp(x):
    if x == types.float32:
        return lambda x: _exp32(x)
    if x == types.float64:
        return lambda x: _exp64(x)
    return None


@kernel
def logistic(x):
    """1 / (1 + exp(-x)) of one number."""
    one = type(x)(1)
    return one / (one + exp(-x))


@kernel
def tanh(x):
    """Hyperbolic tangent of one number.

    Near zero ``(1 - t) / (1 + t)`` loses digits, so the odd Taylor polynomial serves
    there; where it takes over, both are exact to the dtype's precision.
    """
    size = abs(x)
    t = exp(-(size + size))
    far = (type(x)(1) - t) / (type(x)(1) + t)
    s = x * x
    near = type(x)(62 / 2835)
    near = near * s - type(x)(17 / 315)
    near = near * s + type(x)(2 / 15)
    near = near * s - type(x)(1 / 3)
    near = size * (near * s) + size
    result = near if size < type(x)(0.15) else far
    return result if x >= 0 else -result
