"""Losses that the training kernels call.

Each gets the last layer's values z and the targets as columns (see
:mod:`fastavg.kernels.network.outputs`), leaves the loss of every row, and turns z into the
derivative of the loss.  The numbers of a loss, such as the delta of Huber's, come along.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.class_losses import CLASSES
from fastavg.kernels.numerics.exponential import exp, logistic, tanh
from fastavg.kernels.numerics.special import log1p

LOG2 = 0.6931471805599453


@kernel(inline=True)
def _nothing(t):
    return type(t)(0)


def elementwise_loss(value: Any, derivative: Any, least: Any = _nothing, name: str = "") -> Stage:
    """The stage of a loss that is a sum over outputs.

    ``value(z, t, a)`` and ``derivative(z, t, a)`` see one output, its target and the loss's
    number; ``least(t)``, which belongs to the target alone, is added.
    """

    def loop(z, targets, rows, n, whole, losses, products, settings):
        block, wanted = numba.carray(z, rows * n), numba.carray(targets, rows * n)
        sums, factors = numba.carray(losses, rows), numba.carray(products, rows)
        number = type(block[0])
        a = number(numba.carray(settings, 1)[0])
        sums[:] = 0
        factors[:] = 1
        for c in range(n):
            column, target = block[c * rows : (c + 1) * rows], wanted[c * rows : (c + 1) * rows]
            for r in range(rows):
                sums[r] += np.float64(least(target[r]))
            for r in range(rows):
                x, t = column[r], target[r]
                sums[r] += np.float64(value(x, t, a))
                column[r] = number(derivative(x, t, a))

    return Stage("loss", loop, name)


def with_link(value: Any, derivative: Any, output: str) -> Stage:
    """The stage of ``value(prediction, target)`` and its derivative behind an output's function."""
    link, link_derivative = LINKS[output]

    @kernel(inline=True, cached=False)
    def _behind(z, t, a):
        return value(link(z), t)

    @kernel(inline=True, cached=False)
    def _derivative_behind(z, t, a):
        return derivative(link(z), t) * link_derivative(link(z))

    return elementwise_loss(_behind, _derivative_behind)


@kernel(inline=True)
def _same(z):
    return z


@kernel(inline=True)
def _one(p):
    return type(p)(1)


@kernel(inline=True)
def _exp(z):
    return exp(z)


@kernel(inline=True)
def _bell(p):
    return p * (type(p)(1) - p)


# An output's function, and its derivative in terms of its value.
LINKS = {"identity": (_same, _one), "exponential": (_exp, _same), "logistic": (logistic, _bell)}


# Comparisons below are written so that NaN passes through.
@kernel(inline=True)
def _within(d, most):
    d = most if d > most else d
    return -most if d < -most else d


@kernel(inline=True)
def _sign(d):
    one = type(d)(1)
    return one if d > type(d)(0) else -one if d < type(d)(0) else d


@kernel(inline=True)
def _absolute(z, t, a):
    return abs(z - t)


@kernel(inline=True)
def _absolute_derivative(z, t, a):
    return _sign(z - t)


@kernel(inline=True)
def _huber(z, t, delta):
    inner = _within(z - t, delta)
    return inner * (z - t - type(z)(0.5) * inner)


@kernel(inline=True)
def _huber_derivative(z, t, delta):
    return _within(z - t, delta)


@kernel(inline=True)
def _quantile(z, t, q):
    d = t - z
    return q * d if d > type(d)(0) else (q - type(q)(1)) * d


@kernel(inline=True)
def _quantile_derivative(z, t, q):
    d = t - z
    return -q if d > type(d)(0) else type(q)(1) - q if d < type(d)(0) else d


@kernel(inline=True)
def _log_cosh(z, t, a):
    d = abs(z - t)
    return d + log1p(exp(type(d)(-2) * d)) - type(d)(LOG2)


@kernel(inline=True)
def _log_cosh_derivative(z, t, a):
    return tanh(z - t)


@kernel(inline=True)
def _poisson(z, t, a):
    return exp(z) - t * z


@kernel(inline=True)
def _poisson_derivative(z, t, a):
    return exp(z) - t


@kernel(inline=True)
def _poisson_least(t):
    return t * np.log(t) - t if t > type(t)(0) else type(t)(0)


@kernel(inline=True)
def _gamma(z, t, a):
    return z + t * exp(-z)


@kernel(inline=True)
def _gamma_derivative(z, t, a):
    return type(z)(1) - t * exp(-z)


@kernel(inline=True)
def _gamma_least(t):
    return -np.log(t) - type(t)(1)


STAGES = {
    "absolute_error": elementwise_loss(_absolute, _absolute_derivative, name="absolute_error"),
    "huber": elementwise_loss(_huber, _huber_derivative, name="huber"),
    "quantile": elementwise_loss(_quantile, _quantile_derivative, name="quantile"),
    "log_cosh": elementwise_loss(_log_cosh, _log_cosh_derivative, name="log_cosh"),
    "poisson": elementwise_loss(_poisson, _poisson_derivative, _poisson_least, "poisson"),
    "gamma": elementwise_loss(_gamma, _gamma_derivative, _gamma_least, "gamma"),
    **CLASSES,
}
