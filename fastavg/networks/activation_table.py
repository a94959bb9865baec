"""Activations of hidden layers, each declared in one place.

An entry of :data:`ACTIVATIONS` holds everything that is known of an activation: its formula,
from which both the training kernels and NumPy compute, and its ONNX operators.  Networks,
prediction, attribution, export, help and messages read this table, so a new activation is
one function and one entry here.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from fastavg.networks.elementary import NUMPY, Array, Elementary, Function
from fastavg.networks.graph_builder import Numbers

Formula = Callable[[Elementary], tuple[Function, Function]]
# The kernels' number of an activation that is a stage; the commonest have numbers of their
# own and are compiled into the kernels (fastavg/kernels/network/activations.py).
CALLED = 4
LEAK = 0.01
# Outside saturation the derivative is 1 on average (LeCun et al. 1998, "Efficient BackProp").
LECUN_HEIGHT, LECUN_WIDTH = 1.7159, 2 / 3
# With these, outputs of mean 0 and variance 1 stay so from layer to layer (Klambauer et al. 2017,
# "Self-normalizing neural networks").
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772


@dataclass(frozen=True)
class ActivationFunction:
    """One activation: what it computes, in every form that fastavg needs.

    Parameters
    ----------
    name : str
        What networks, files and the command line call it.
    meaning : str
        Its formula for help and documentation.
    formula : function of Elementary
        Returns the functions ``value(z)`` and ``derivative(z)``, see
        :mod:`fastavg.networks.elementary`.
    onnx : function of (Numbers, str)
        Adds the activation of the named values to a graph; returns the name of the result.
    code : int, default CALLED
        The number by which the training kernels know it.
    """

    name: str
    meaning: str
    formula: Formula
    onnx: Callable[[Numbers, str], str]
    code: int = CALLED

    @cached_property
    def _numpy(self) -> tuple[Function, Function]:
        return self.formula(NUMPY)

    def value(self, z: Array) -> Array:
        """The activation of an array of pre-activations, element by element.

        Parameters
        ----------
        z : array of float
            Any shape.
        """
        # A formula computes both sides of ``where``, also the one that overflows.
        with np.errstate(over="ignore"):
            return np.asarray(self._numpy[0](z))

    def derivative(self, z: Array) -> Array:
        """The derivative at an array of pre-activations, element by element.

        Parameters
        ----------
        z : array of float
            Any shape.
        """
        with np.errstate(over="ignore"):
            return np.asarray(self._numpy[1](z))

    def address(self, dtype: DTypeLike) -> int:
        """Address of the compiled stage in this process; only for ``code == CALLED``.

        Parameters
        ----------
        dtype : dtype
            float32 or float64, the dtype of training.
        """
        from fastavg.kernels.network.called_activations import activation_of_formula

        return activation_of_formula(self.name, self.formula).address(dtype)


def _identity(f: Elementary) -> tuple[Function, Function]:
    number = f.number

    def value(z: Any) -> Any:
        return z

    def derivative(z: Any) -> Any:
        return number(z, 1)

    return value, derivative


def _logistic(f: Elementary) -> tuple[Function, Function]:
    logistic = f.logistic

    def derivative(z: Any) -> Any:
        return logistic(z) * logistic(-z)

    return logistic, derivative


def _tanh(f: Elementary) -> tuple[Function, Function]:
    tanh, number = f.tanh, f.number

    def derivative(z: Any) -> Any:
        t = tanh(z)
        return number(z, 1) - t * t

    return tanh, derivative


def _relu(f: Elementary) -> tuple[Function, Function]:
    where, number = f.where, f.number

    def value(z: Any) -> Any:
        return where(z < number(z, 0), number(z, 0), z)

    def derivative(z: Any) -> Any:
        return where(z > number(z, 0), number(z, 1), number(z, 0))

    return value, derivative


def _leaky_relu(f: Elementary) -> tuple[Function, Function]:
    where, number = f.where, f.number

    def value(z: Any) -> Any:
        return where(z < number(z, 0), z * number(z, LEAK), z)

    def derivative(z: Any) -> Any:
        return where(z > number(z, 0), number(z, 1), number(z, LEAK))

    return value, derivative


def _elu(f: Elementary) -> tuple[Function, Function]:
    where, number, exp, expm1 = f.where, f.number, f.exp, f.expm1

    def value(z: Any) -> Any:
        return where(z < number(z, 0), expm1(z), z)

    def derivative(z: Any) -> Any:
        return where(z > number(z, 0), number(z, 1), exp(z))

    return value, derivative


def _gelu(f: Elementary) -> tuple[Function, Function]:
    normal_cdf, normal_density = f.normal_cdf, f.normal_density

    def value(z: Any) -> Any:
        return z * normal_cdf(z)

    def derivative(z: Any) -> Any:
        return normal_cdf(z) + z * normal_density(z)

    return value, derivative


def _silu(f: Elementary) -> tuple[Function, Function]:
    logistic, number = f.logistic, f.number

    def value(z: Any) -> Any:
        return z * logistic(z)

    def derivative(z: Any) -> Any:
        s = logistic(z)
        return s + z * s * (number(z, 1) - s)

    return value, derivative


def _softplus(f: Elementary) -> tuple[Function, Function]:
    where, number, exp, log1p = f.where, f.number, f.exp, f.log1p

    def value(z: Any) -> Any:
        return where(z < number(z, 0), number(z, 0), z) + log1p(exp(-abs(z)))

    return value, f.logistic


def _lecun_tanh(f: Elementary) -> tuple[Function, Function]:
    tanh, number = f.tanh, f.number

    def value(z: Any) -> Any:
        return number(z, LECUN_HEIGHT) * tanh(number(z, LECUN_WIDTH) * z)

    def derivative(z: Any) -> Any:
        t = tanh(number(z, LECUN_WIDTH) * z)
        return number(z, LECUN_HEIGHT * LECUN_WIDTH) * (number(z, 1) - t * t)

    return value, derivative


def _selu(f: Elementary) -> tuple[Function, Function]:
    where, number, exp, expm1 = f.where, f.number, f.exp, f.expm1

    def value(z: Any) -> Any:
        below = number(z, SELU_SCALE * SELU_ALPHA) * expm1(z)
        return where(z < number(z, 0), below, number(z, SELU_SCALE) * z)

    def derivative(z: Any) -> Any:
        below = number(z, SELU_SCALE * SELU_ALPHA) * exp(z)
        return where(z > number(z, 0), number(z, SELU_SCALE), below)

    return value, derivative


def _mish(f: Elementary) -> tuple[Function, Function]:
    where, number, exp, logistic = f.where, f.number, f.exp, f.logistic

    # With w = exp(-abs(z)), tanh(softplus(z)) is a fraction in w that never overflows.
    def value(z: Any) -> Any:
        w, one, two = exp(-abs(z)), number(z, 1), number(z, 2)
        above = (one + two * w) / (one + two * w * (one + w))
        below = w * (w + two) / (w * (w + two) + two)
        return z * where(z < number(z, 0), below, above)

    def derivative(z: Any) -> Any:
        w, one, two = exp(-abs(z)), number(z, 1), number(z, 2)
        above = (one + two * w) / (one + two * w * (one + w))
        below = w * (w + two) / (w * (w + two) + two)
        t = where(z < number(z, 0), below, above)
        return t + z * (one - t * t) * logistic(z)

    return value, derivative


# onnxruntime computes some operators in float32 alone; for float64 they are composed of
# simpler ones.
def _onnx_leaky_relu(to: Numbers, z: str) -> str:
    if not to.double:
        return to.node("LeakyRelu", z, alpha=LEAK)
    return to.node("Max", z, to.with_constant("Mul", z, LEAK))


def _onnx_elu(to: Numbers, z: str) -> str:
    if not to.double:
        return to.node("Elu", z, alpha=1.0)
    negative = to.node("Sub", z, to.node("Relu", z))
    grown = to.with_constant("Sub", to.node("Exp", negative), 1)
    return to.node("Add", to.node("Relu", z), grown)


def _onnx_gelu(to: Numbers, z: str) -> str:
    error = to.with_constant("Mul", z, math.sqrt(0.5))
    error = to.node("Erf", to.cast(error, np.float32) if to.double else error)
    above = to.with_constant("Add", to.cast(error, to.dtype) if to.double else error, 1)
    return to.node("Mul", z, to.with_constant("Mul", above, 0.5))


def _onnx_softplus(to: Numbers, z: str) -> str:
    if not to.double:
        return to.node("Softplus", z)
    small = to.node("Exp", to.node("Neg", to.node("Abs", z)))
    return to.node("Add", to.node("Relu", z), to.node("Log", to.with_constant("Add", small, 1)))


def _onnx_selu(to: Numbers, z: str) -> str:
    positive = to.node("Relu", z)
    grown = to.with_constant("Sub", to.node("Exp", to.node("Sub", z, positive)), 1)
    below = to.with_constant("Mul", grown, SELU_SCALE * SELU_ALPHA)
    return to.node("Add", to.with_constant("Mul", positive, SELU_SCALE), below)


def _onnx_lecun_tanh(to: Numbers, z: str) -> str:
    inner = to.with_constant("Mul", z, LECUN_WIDTH)
    return to.with_constant("Mul", to.node("Tanh", inner), LECUN_HEIGHT)


ACTIVATIONS = {entry.name: entry for entry in (
    ActivationFunction("identity", "z", _identity, lambda to, z: z, code=0),
    ActivationFunction(
        "logistic", "1 / (1 + exp(-z))", _logistic, lambda to, z: to.node("Sigmoid", z), code=1,
    ),
    ActivationFunction("tanh", "tanh(z)", _tanh, lambda to, z: to.node("Tanh", z), code=2),
    ActivationFunction("relu", "max(0, z)", _relu, lambda to, z: to.node("Relu", z), code=3),
    ActivationFunction("leaky_relu", "z, and 0.01 z below zero", _leaky_relu, _onnx_leaky_relu),
    ActivationFunction("elu", "z, and exp(z) - 1 below zero", _elu, _onnx_elu),
    ActivationFunction(
        "gelu", "z times the normal distribution function, the exact form", _gelu, _onnx_gelu,
    ),
    ActivationFunction(
        "silu", "z times its logistic", _silu,
        lambda to, z: to.node("Mul", z, to.node("Sigmoid", z)),
    ),
    ActivationFunction("softplus", "log(1 + exp(z))", _softplus, _onnx_softplus),
    ActivationFunction("selu", "1.0507 z, and 1.7581 (exp(z) - 1) below zero", _selu, _onnx_selu),
    ActivationFunction(
        "mish", "z tanh(log(1 + exp(z)))", _mish,
        lambda to, z: to.node("Mul", z, to.node("Tanh", _onnx_softplus(to, z))),
    ),
    ActivationFunction("lecun_tanh", "1.7159 tanh(2z/3)", _lecun_tanh, _onnx_lecun_tanh),
)}
