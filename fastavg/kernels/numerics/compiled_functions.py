"""The elementary functions of formulas as compiled functions of one number.

:class:`fastavg.networks.elementary.Elementary` says what each of them is; the formulas of
activations and losses are compiled with this set.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics import exponential, special


@kernel(inline=True)
def logarithm(x):
    """The natural logarithm of one number.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
    return np.log(x)


@kernel(inline=True)
def stirling(x):
    """``x log(x) - x`` of one number; 0 for ``x <= 0``.

    Parameters
    ----------
    x : float32 or float64
        The number.
    """
    return x * np.log(x) - x if x > type(x)(0) else type(x)(0)


@kernel(inline=True)
def constant_like(x, constant):
    """A constant in the dtype of ``x``.

    Parameters
    ----------
    x : float32 or float64
        The number.
    constant : float
        The constant.
    """
    return type(x)(constant)


@kernel(inline=True)
def choose(condition, a, b):
    """``a`` if the condition holds, else ``b``.

    Parameters
    ----------
    condition : bool
        Decides.
    a : number
        Returned if the condition holds.
    b : number
        Returned otherwise.
    """
    return a if condition else b


class CompiledFunctions:
    """The set, as attributes of the class."""

    exp = staticmethod(exponential.exp)
    expm1 = staticmethod(exponential.expm1)
    log = staticmethod(logarithm)
    log1p = staticmethod(special.log1p)
    stirling = staticmethod(stirling)
    tanh = staticmethod(exponential.tanh)
    logistic = staticmethod(exponential.logistic)
    normal_cdf = staticmethod(special.normal_cdf)
    normal_density = staticmethod(special.normal_density)
    number = staticmethod(constant_like)
    where = staticmethod(choose)
