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
    """The natural logarithm of one number."""
    return np.log(x)


@kernel(inline=True)
def stirling(x):
    """``x log(x) - x`` of one number; 0 for ``x <= 0``."""
    return x * np.log(x) - x if x > type(x)(0) else type(x)(0)


@kernel(inline=True)
def constant_like(x, constant):
    """A constant in the dtype of ``x``."""
    return type(x)(constant)


@kernel(inline=True)
def choose(condition, a, b):
    """``a`` if the condition holds, else ``b``."""
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
    normal_cdf = staticmethod(special.normal)
    normal_density = staticmethod(special.bell)
    number = staticmethod(constant_like)
    where = staticmethod(choose)
