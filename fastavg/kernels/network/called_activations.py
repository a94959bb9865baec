"""Activations that the training kernels call: each a curve and its derivative, number by number.

``curve`` makes the loop of any pair of such functions.  In training it leaves the
derivatives beside the outputs, so a curve's derivative may ask for z, of which nothing is left
when errors come back.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.numerics.exponential import exp, expm1, logistic, tanh
from fastavg.kernels.numerics.special import bell, log1p, normal

# Not saturated, the derivative is 1 on average (LeCun et al. 1998, "Efficient BackProp").
HEIGHT, WIDTH = 1.7159, 2 / 3
LEAK = 0.01


def elementwise_activation(value: Any, derivative: Any, name: str = "") -> Stage:
    """The stage that applies ``value(z)``, and keeps ``derivative(z)`` where it is wanted."""

    def loop(z, ld, rows, n, bias, kept, wanted):
        sums, derivatives = numba.carray(z, rows * ld), numba.carray(kept, rows * ld)
        added = numba.carray(bias, n)
        number = type(added[0])
        for r in range(rows):
            row, out = sums[r * ld : r * ld + n], derivatives[r * ld : r * ld + n]
            if wanted:
                for c in range(n):
                    x = row[c] + added[c]
                    row[c] = number(value(x))
                    out[c] = number(derivative(x))
            else:
                for c in range(n):
                    row[c] = number(value(row[c] + added[c]))

    return Stage("activation", loop, name)


@kernel(inline=True)
def _leaky_relu(z):
    return z * type(z)(LEAK) if z < type(z)(0) else z


@kernel(inline=True)
def _leaky_relu_derivative(z):
    return type(z)(1) if z > type(z)(0) else type(z)(LEAK)


@kernel(inline=True)
def _elu(z):
    return expm1(z) if z < type(z)(0) else z


@kernel(inline=True)
def _elu_derivative(z):
    return type(z)(1) if z > type(z)(0) else exp(z)


@kernel(inline=True)
def _gelu(z):
    return z * normal(z)


@kernel(inline=True)
def _gelu_derivative(z):
    return normal(z) + z * bell(z)


@kernel(inline=True)
def _silu(z):
    return z * logistic(z)


@kernel(inline=True)
def _silu_derivative(z):
    s = logistic(z)
    return s + z * s * (type(z)(1) - s)


@kernel(inline=True)
def _softplus(z):
    zero = type(z)(0)
    return (zero if z < zero else z) + log1p(exp(-abs(z)))


@kernel(inline=True)
def _lecun_tanh(z):
    return type(z)(HEIGHT) * tanh(type(z)(WIDTH) * z)


@kernel(inline=True)
def _lecun_tanh_derivative(z):
    t = tanh(type(z)(WIDTH) * z)
    return type(z)(HEIGHT * WIDTH) * (type(z)(1) - t * t)


FORMULAS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "leaky_relu": (_leaky_relu, _leaky_relu_derivative),
    "elu": (_elu, _elu_derivative),
    "gelu": (_gelu, _gelu_derivative),
    "silu": (_silu, _silu_derivative),
    "softplus": (_softplus, logistic),
    "lecun_tanh": (_lecun_tanh, _lecun_tanh_derivative),
}
STAGES = {name: elementwise_activation(*pair, name) for name, pair in FORMULAS.items()}
