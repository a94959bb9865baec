"""Scalar functions that users compile with numba, as loops that the kernels call.

A function is compiled once more, from its Python source, with the settings of all
kernels, and put into the loop around it, where it vectorises as far as it can.  Its
machine code is kept for the process; on disk nothing would tell when it changes.
"""

from __future__ import annotations

import math
from functools import cache
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher
from numba.core.errors import NumbaError

from fastavg.kernels.jit.code_digest import names_in
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.jit.stages import Stage
from fastavg.kernels.network.called_activations import elementwise_activation
from fastavg.kernels.network.called_losses import with_link
from fastavg.kernels.numerics.exponential import exp, expm1, tanh


def is_compiled_function(function: Any) -> bool:
    """True for what ``numba.njit`` returns.

    Parameters
    ----------
    function : object
        Anything.
    """
    return isinstance(function, Dispatcher)


def trouble(function: Any, arguments: int) -> str | None:
    """What is wrong with a function of numbers that should return a number.

    Parameters
    ----------
    function : function of numba.njit
        The function.
    arguments : int
        How many numbers it takes.

    Returns
    -------
    str or None
        A phrase for a message; None if nothing is wrong.
    """
    given = [np.float64(0.5)] * arguments
    try:
        result = _again(function)(*given)
    except NumbaError as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        # The first line names the stage of compilation, the second the mistake.
        return " ".join(lines[1:2] or lines[:1]).rstrip(".")
    except Exception as error:
        return str(error) or type(error).__name__
    if not isinstance(result, (int, float, np.number)):
        return f"it returns a {type(result).__name__}, not a number"
    return None


def activation_stage(value: Any, derivative: Any) -> Stage:
    """The stage of a custom activation.

    Parameters
    ----------
    value : function of numba.njit
        ``value(z)``.
    derivative : function of numba.njit
        ``derivative(z)``.
    """
    return _activation(value.py_func, derivative.py_func)


def loss_stage(value: Any, derivative: Any, output: str) -> Stage:
    """The stage of a custom loss behind the function of an output.

    Parameters
    ----------
    value : function of numba.njit
        ``value(prediction, target)``.
    derivative : function of numba.njit
        Its derivative with respect to the prediction.
    output : str
        ``identity``, ``exponential`` or ``logistic``.
    """
    return _loss(value.py_func, derivative.py_func, output)


def _again(function: Any) -> Any:
    """The function compiled anew, with ``exp``, ``expm1`` and ``tanh`` that vectorise."""
    plain = getattr(function, "py_func", function)
    names = {
        name: _quick(value) for name, value in plain.__globals__.items()
        if name in names_in(plain.__code__)
    }
    copy = FunctionType(
        plain.__code__, {**plain.__globals__, **names}, plain.__name__, plain.__defaults__,
        plain.__closure__,
    )
    return kernel(copy, inline=True, cached=False)


def _quick(value: Any) -> Any:
    for module, quick in QUICK_MODULES:
        if value is module:
            return quick
        for name, function in QUICK.items():
            if value is getattr(module, name):
                return function
    return _again(value) if isinstance(value, Dispatcher) else value


def _with_quick(module: ModuleType) -> ModuleType:
    made = ModuleType(module.__name__)
    vars(made).update(vars(module))
    vars(made).update(QUICK)
    return made


QUICK = {"exp": exp, "expm1": expm1, "tanh": tanh}
QUICK_MODULES = [(module, _with_quick(module)) for module in (np, math)]


@cache
def _activation(value: Any, derivative: Any) -> Stage:
    return elementwise_activation(_again(value), _again(derivative))


@cache
def _loss(value: Any, derivative: Any, output: str) -> Stage:
    return with_link(_again(value), _again(derivative), output)
