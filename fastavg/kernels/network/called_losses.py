"""Losses as stages: loops that the training kernels call by their address.

The stage of a loss gets the pre-activations z of the last layer and the targets, column by
column (:mod:`fastavg.kernels.network.outputs`), stores the loss of every row and replaces z
by the derivative of the loss.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba
import numpy as np

from fastavg.kernels.jit.code_digest import digest
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_activations import compiled
from fastavg.kernels.numerics.compiled_functions import CompiledFunctions
from fastavg.kernels.numerics.exponential import exp, logistic


@kernel(inline=True)
def _zero(t):
    return type(t)(0)


def elementwise_loss(
    value: Any, derivative: Any, of_target: Any = _zero, name: str = "", each: bool = False
) -> Stage:
    """The stage of a loss that is a sum over the outputs of a row.

    Parameters
    ----------
    value : compiled function of (z, t, a)
        The loss of one output z with target t; a is the first of the loss's settings.
    derivative : compiled function of (z, t, a)
        Its derivative with respect to z.
    of_target : compiled function of t, optional
        A term that depends on the target alone and is added to the loss; zero by default.
    name : str, default ""
        Names the cached machine code; not cached without one.
    each : bool, default False
        True for a setting of its own for each output.
    """
    if each:
        return Stage("loss", _loop_of_own_settings(value, derivative), name)

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
                sums[r] += np.float64(of_target(target[r]))
            for r in range(rows):
                x, t = column[r], target[r]
                sums[r] += np.float64(value(x, t, a))
                column[r] = number(derivative(x, t, a))

    return Stage("loss", loop, name)


def _loop_of_own_settings(value: Any, derivative: Any) -> Callable[..., None]:
    def loop(z, targets, rows, n, whole, losses, products, settings):
        block, wanted = numba.carray(z, rows * n), numba.carray(targets, rows * n)
        sums, factors = numba.carray(losses, rows), numba.carray(products, rows)
        number, own = type(block[0]), numba.carray(settings, n)
        sums[:] = 0
        factors[:] = 1
        for c in range(n):
            a = number(own[c])
            column, target = block[c * rows : (c + 1) * rows], wanted[c * rows : (c + 1) * rows]
            for r in range(rows):
                x, t = column[r], target[r]
                sums[r] += np.float64(value(x, t, a))
                column[r] = number(derivative(x, t, a))

    return loop


def with_link(value: Any, derivative: Any, output: str) -> Stage:
    """The stage of a loss of predictions, composed with the function of an output.

    Parameters
    ----------
    value : compiled function of (prediction, target)
        The loss of one output.
    derivative : compiled function of (prediction, target)
        Its derivative with respect to the prediction.
    output : str
        A key of ``LINKS``: ``identity``, ``exponential`` or ``logistic``.
    """
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


# The function of an output, and its derivative in terms of its value.
LINKS = {"identity": (_same, _one), "exponential": (_exp, _same), "logistic": (logistic, _bell)}


@cache
def loss_of_formula(name: str, formula: Callable[[Any], Any], each: bool = False) -> Stage:
    """The stage of a loss in :mod:`fastavg.losses`.

    Parameters
    ----------
    name : str
        Of the loss; together with a digest of the code it names the cached machine code.
    formula : callable
        Returns ``value(z, t, a)``, ``derivative(z, t, a)`` and ``of_target(t)`` or None, given
        the elementary functions.
    each : bool, default False
        True for a setting of its own for each output.
    """
    value, derivative, rest = formula(CompiledFunctions)
    value, derivative = compiled(value), compiled(derivative)
    rest = _zero if rest is None else compiled(rest)
    return elementwise_loss(
        value, derivative, rest, f"{name}-{digest(value, derivative, rest)}", each
    )
