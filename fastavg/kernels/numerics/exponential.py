"""Exponential, exp(x) - 1 and hyperbolic tangent that vectorise.

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

from fastavg.kernels.jit.decorator import kernel

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


# ``ordered``: reassociation would join the two parts of ln 2 into one that rounds.
@kernel(ordered=True)
def _parts32(x):
    # p, r and 2^n with exp(x) = 2^n (1 + p r): expm1 needs them apart.
    f = np.float32
    n = np.floor(x * f(LOG2E) + f(0.5))
    r = x - n * LN2_HIGH32 - n * LN2_LOW32
    p = f(1 / 5040)
    p = p * r + f(1 / 720)
    p = p * r + f(1 / 120)
    p = p * r + f(1 / 24)
    p = p * r + f(1 / 6)
    p = p * r + f(0.5)
    p = p * r + f(1.0)
    whole = n if n == n else f(0.0)
    return p, r, _as_float32((np.int32(whole) + np.int32(127)) << np.int32(23))


@kernel(ordered=True)
def _parts64(x):
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
    # AVX2 converts to int32 alone.
    whole = np.int32(n if n == n else 0.0)
    return p, r, _as_float64((np.int64(whole) + np.int64(1023)) << np.int64(52))


@kernel(ordered=True)
def _exp32(x):
    x = np.float32(-87.0) if x < np.float32(-87.0) else x
    x = np.float32(88.0) if x > np.float32(88.0) else x
    p, r, power = _parts32(x)
    return (p * r + np.float32(1.0)) * power


@kernel(ordered=True)
def _exp64(x):
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    p, r, power = _parts64(x)
    return (p * r + 1.0) * power


@kernel(ordered=True)
def _expm1_32(x):
    x = np.float32(-87.0) if x < np.float32(-87.0) else x
    x = np.float32(88.0) if x > np.float32(88.0) else x
    p, r, power = _parts32(x)
    return p * r * power + (power - np.float32(1.0))


@kernel(ordered=True)
def _expm1_64(x):
    x = -708.0 if x < -708.0 else x
    x = 709.0 if x > 709.0 else x
    p, r, power = _parts64(x)
    return p * r * power + (power - 1.0)


@kernel(ordered=True)
def _tanh32(x):
    f = np.float32
    s = abs(x)
    # At 20 and beyond, tanh is 1 to the last bit.
    s = f(20.0) if s > f(20.0) else s
    p, r, power = _parts32(f(-2.0) * s)
    expm1 = p * r * power + (power - f(1.0))
    t = -expm1 / (f(2.0) + expm1)
    return t if x >= f(0.0) else -t


@kernel(ordered=True)
def _tanh64(x):
    s = abs(x)
    s = 20.0 if s > 20.0 else s
    p, r, power = _parts64(-2.0 * s)
    expm1 = p * r * power + (power - 1.0)
    t = -expm1 / (2.0 + expm1)
    return t if x >= 0.0 else -t


def exp(x: Any) -> Any:
    """Exponential of one float32 or float64 number; for use inside kernels.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
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
    """1 / (1 + exp(-x)) of one number.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
    one = type(x)(1)
    return one / (one + exp(-x))


def expm1(x: Any) -> Any:
    """exp(x) - 1 of one float32 or float64 number; for use inside kernels.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
    return np.expm1(x)


@overload(expm1)
def _expm1(x):
    if x == types.float32:
        return lambda x: _expm1_32(x)
    if x == types.float64:
        return lambda x: _expm1_64(x)
    return None


def tanh(x: Any) -> Any:
    """Hyperbolic tangent of one float32 or float64 number; for use inside kernels.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
    return np.tanh(x)


@overload(tanh)
def _tanh(x):
    # -expm1(-2x) / (2 + expm1(-2x)) keeps its digits near zero, and has no branch.
    if x == types.float32:
        return lambda x: _tanh32(x)
    if x == types.float64:
        return lambda x: _tanh64(x)
    return None
