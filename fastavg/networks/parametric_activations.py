"""Activations with a trained factor for each unit: ``z + a (f(z) - z)``, f any activation.

A factor of 1 is f itself, 0 a linear unit; with relu it is a leaky relu whose slope below zero is
trained (PReLU; He et al. 2015).  Factors start at 1 and are trained with a tenth of the learning
rate (RealMLP; Holzmüller, Grinsztajn and Steinwart 2024).

.. code-block:: text

    name of the activation                parametric_relu
    a layer's part of the flat vector     W, b, s with a = 1 + s / 10
    solvers are given                     the derivative with respect to a

So a step of any optimizer moves a by a tenth of the learning rate, a decay of weights pulls it to
1, and a vector of zeros is the start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.activation_table import ACTIVATIONS, ActivationFunction
from fastavg.networks.elementary import Array
from fastavg.networks.graph_builder import Numbers

PREFIX = "parametric_"
# What the flat vector's numbers are multiplied by, and so the learning rate of factors
# (fastavg/kernels/network/factor_products.py has it, too).
RATE = 0.1


def is_parametric(activation: object) -> bool:
    """True if an activation has a factor for each unit.

    Parameters
    ----------
    activation : str or CustomActivation
        The activation.

    Examples
    --------
    >>> is_parametric("parametric_mish"), is_parametric("mish")
    (True, False)
    """
    return isinstance(activation, str) and activation.startswith(PREFIX)


def base_of(activation: Any) -> Any:
    """An activation without its factors.

    Parameters
    ----------
    activation : str or CustomActivation
        The activation; one without factors is itself.

    Examples
    --------
    >>> base_of("parametric_mish"), base_of("mish")
    ('mish', 'mish')
    """
    return activation[len(PREFIX) :] if is_parametric(activation) else activation


def is_known(activation: object) -> bool:
    """True for names of fastavg's own activations, with or without factors.

    Parameters
    ----------
    activation : object
        A name, or something else.
    """
    return isinstance(activation, str) and base_of(activation) in ACTIVATIONS


@dataclass(frozen=True, eq=False)
class ParametricActivation:
    """The activation of one layer, with the factors of its units.

    Parameters
    ----------
    base : ActivationFunction
        f.
    changes : array (n_units,)
        Each unit's factor less 1.

    Examples
    --------
    >>> made = with_factors("parametric_relu", np.array([0.0, -10.0]))
    >>> made.value(np.array([[-2.0, -2.0]])).tolist()
    [[0.0, -2.0]]
    """

    base: ActivationFunction
    changes: Array

    @property
    def name(self) -> str:
        """What networks and files call it."""
        return f"{PREFIX}{self.base.name}"

    def value(self, z: Array) -> Array:
        """The activation of pre-activations.

        Parameters
        ----------
        z : array (n_rows, n_units) of float
            The pre-activations.
        """
        f = self.base.value(z)
        return np.asarray(f + self.changes * (f - z))

    def derivative(self, z: Array) -> Array:
        """The derivative at pre-activations.

        Parameters
        ----------
        z : array (n_rows, n_units) of float
            The pre-activations.
        """
        slope = self.base.derivative(z)
        return np.asarray(slope + self.changes * (slope - 1))

    def onnx(self, to: Numbers, z: str) -> str:
        """Add the activation of the named values to a graph; the name of the result.

        Parameters
        ----------
        to : Numbers
            The graph.
        z : str
            Name of the pre-activations.
        """
        f = self.base.onnx(to, z)
        change = to.node("Mul", to.node("Sub", f, z), to.constant(self.changes))
        return to.node("Add", f, change)


Bound = str | ParametricActivation


def with_factors(name: str, stored: NDArray[np.floating]) -> ParametricActivation:
    """A layer's activation with the factors that a flat vector holds.

    Parameters
    ----------
    name : str
        Such as ``parametric_relu``.
    stored : array (n_units,)
        The layer's part of the vector.
    """
    return ParametricActivation(ACTIVATIONS[base_of(name)], RATE * stored)


def activation_of(given: Bound) -> ActivationFunction | ParametricActivation:
    """What computes the activation of a layer.

    Parameters
    ----------
    given : str or ParametricActivation
        The name of an activation without factors, or one with them.
    """
    return ACTIVATIONS[given] if isinstance(given, str) else given
