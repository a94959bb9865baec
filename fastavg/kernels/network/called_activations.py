"""Activations as stages: loops that the training kernels call by their address.

The stage of an activation adds the bias, applies ``value(z)`` number by number, and in
training stores ``derivative(z)`` in a block of its own: when errors are propagated back, z
has been overwritten by the output.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numba

from fastavg.kernels.jit.code_digest import digest
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.numerics.compiled_functions import CompiledFunctions


def elementwise_activation(value: Any, derivative: Any, name: str = "") -> Stage:
    """The stage of an activation.

    Parameters
    ----------
    value : compiled function of z
        The activation of one number.
    derivative : compiled function of z
        Its derivative at one number.
    name : str, default ""
        Names the cached machine code; not cached without one.
    """

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


@cache
def activation_of_formula(name: str, formula: Callable[[Any], tuple[Any, Any]]) -> Stage:
    """The stage of an entry of :data:`fastavg.networks.activation_table.ACTIVATIONS`.

    Parameters
    ----------
    name : str
        Of the activation; together with a digest of the code it names the cached machine code.
    formula : callable
        Returns ``value(z)`` and ``derivative(z)``, given the elementary functions.
    """
    value, derivative = map(compiled, formula(CompiledFunctions))
    return elementwise_activation(value, derivative, f"{name}-{digest(value, derivative)}")


def compiled(function: Any) -> Any:
    """A function of a formula, compiled to be inlined into the loop of a stage.

    Parameters
    ----------
    function : callable
        Plain Python, or compiled already.
    """
    return function if hasattr(function, "py_func") else kernel(
        function, inline=True, cached=False
    )
