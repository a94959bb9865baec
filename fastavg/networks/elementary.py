"""The elementary functions that activations and losses are written in.

A formula takes a set of them and returns functions of numbers::

    def silu(f: Elementary) -> tuple[Function, Function]:
        logistic, number = f.logistic, f.number

        def value(z):
            return z * logistic(z)

        def derivative(z):
            s = logistic(z)
            return s + z * s * (number(z, 1) - s)

        return value, derivative

With :data:`NUMPY` they work on arrays; with the set of
:mod:`fastavg.kernels.numerics.compiled_functions` the training kernels compile them into
their loops.  So a formula is written once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Function = Callable[..., Any]

_erf = np.vectorize(math.erf, otypes=[np.float64])


@dataclass(frozen=True)
class Elementary:
    """A set of elementary functions, of arrays or of the numbers in a compiled loop.

    Parameters
    ----------
    exp : function of x
        The exponential.
    expm1 : function of x
        ``exp(x) - 1``.
    log : function of x
        The natural logarithm.
    log1p : function of x
        ``log(1 + x)`` for x from 0 to 1.
    stirling : function of x
        ``x log(x) - x``, the leading terms of Stirling's formula for ``log(x!)``; 0 for
        ``x <= 0``.
    tanh : function of x
        The hyperbolic tangent.
    logistic : function of x
        ``1 / (1 + exp(-x))``.
    normal_cdf : function of x
        The distribution function of the standard normal distribution.
    normal_density : function of x
        Its density.
    number : function of (x, constant)
        The constant in the dtype of x; without it float32 arithmetic would become float64.
    where : function of (condition, a, b)
        ``a`` where the condition holds, else ``b``; both are computed.
    """

    exp: Function
    expm1: Function
    log: Function
    log1p: Function
    stirling: Function
    tanh: Function
    logistic: Function
    normal_cdf: Function
    normal_density: Function
    number: Function
    where: Function


def _logistic(x: Array) -> Array:
    # Written so that neither sign overflows.
    e = np.exp(-np.abs(x))
    return np.asarray(np.where(x >= 0, 1.0, e) / (1 + e))


def _normal_cdf(x: Array) -> Array:
    return np.asarray(0.5 * (1 + _erf(x / math.sqrt(2))))


def _normal_density(x: Array) -> Array:
    return np.asarray(np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi))


def _stirling(x: Array) -> Array:
    positive = np.where(x > 0, x, 1)
    return np.asarray(np.where(x > 0, positive * np.log(positive) - positive, 0))


NUMPY = Elementary(
    exp=np.exp, expm1=np.expm1, log=np.log, log1p=np.log1p, stirling=_stirling, tanh=np.tanh,
    logistic=_logistic, normal_cdf=_normal_cdf, normal_density=_normal_density,
    number=np.full_like, where=np.where,
)
