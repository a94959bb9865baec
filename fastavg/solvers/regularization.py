"""Regularization: penalties on weights, dropout, and bounds on gradients and weights."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.networks.parametric_activations import is_parametric
from fastavg.options import (
    POSITIVE,
    RATE,
    Family,
    at_least,
    check_options,
    each,
    option,
    optional,
)

REGULARIZATION: Family[Regularization] = Family("regularization")


@REGULARIZATION.member("regularization")
@dataclass(frozen=True)
class Regularization:
    """Penalties on weights, dropout, and bounds on gradients and weights; checked.

    Parameters
    ----------
    l2 : float
        L2 penalty on weights, without biases, as scikit-learn's alpha: ``l2 / (2 batch rows) *
        |W|^2``. Every solver applies it; the other options are for mini-batch solvers only.
    l1 : float
        L1 penalty on weights, without biases: ``l1 / batch rows * |W|``.
    dropout : float or tuple of float
        Dropout rate of all hidden layers, or one for each: the fraction of the outputs that are set
        to zero in a step; the others are scaled up (Srivastava et al. 2014).
    input_dropout : float
        Dropout rate of the inputs.
    max_norm : float, optional
        Largest norm of a unit's incoming weights, after every step.
    clip_norm : float, optional
        Largest norm of the whole gradient (Pascanu, Mikolov and Bengio 2013).
    clip_value : float, optional
        Largest component of the gradient; applied before ``clip_norm``.
    max_change : float, optional
        Largest norm of the change of all weights in a step, with any optimizer (Povey, Zhang and
        Khudanpur 2014).

    Raises
    ------
    ConfigError
        If a value is impossible.

    Examples
    --------
    >>> Regularization(dropout=0.5).drops(2).tolist()
    [0.0, 0.5, 0.5]
    """

    l2: float = option(
        1e-4, check=at_least(0), flag="--l2", sklearn="alpha", help="L2 penalty on weights"
    )
    l1: float = option(0.0, check=at_least(0), sklearn="l1")
    dropout: float | tuple[float, ...] = option(
        0.0, check=each(RATE), flag="--dropout", sklearn="dropout",
        help="Dropout rate of hidden layers: one number, or one for each",
    )
    input_dropout: float = option(0.0, check=RATE, sklearn="input_dropout")
    max_norm: float | None = option(None, check=optional(POSITIVE), sklearn="max_norm")
    clip_norm: float | None = option(None, check=optional(POSITIVE), sklearn="clip_norm")
    clip_value: float | None = option(None, check=optional(POSITIVE), sklearn="clip_value")
    max_change: float | None = option(None, check=optional(POSITIVE), sklearn="max_change")

    def __post_init__(self) -> None:
        if not isinstance(self.dropout, (int, float, str)):
            object.__setattr__(self, "dropout", tuple(self.dropout))
        check_options(self)

    @property
    def active(self) -> bool:
        """True if steps do more than the plain L2 penalty."""
        limits = (self.max_norm, self.clip_norm, self.clip_value, self.max_change)
        return self.drops_anything or self.l1 > 0 or any(limit is not None for limit in limits)

    @property
    def drops_anything(self) -> bool:
        """True if there is dropout."""
        parts = self.dropout if isinstance(self.dropout, tuple) else (self.dropout,)
        return max((*parts, self.input_dropout)) > 0

    def drops(self, hidden: int) -> NDArray[np.float64]:
        """Dropout of the inputs and of each of ``hidden`` layers.

        Parameters
        ----------
        hidden : int
            Hidden layers of the network.

        Raises
        ------
        ConfigError
            If there is one for each of another number of layers.
        """
        parts = self.dropout if isinstance(self.dropout, tuple) else (self.dropout,) * hidden
        if len(parts) != hidden:
            raise ConfigError(
                f"dropout has {len(parts)} values for {hidden} hidden layers; give one number "
                "for all of them or one for each"
            )
        return np.array([self.input_dropout, *parts], np.float64)

    def drops_of(self, network: Network) -> NDArray[np.float64]:
        """Dropout of the inputs, and behind each row of the kernels' table but the last.

        Parameters
        ----------
        network : Network
            The network; factors of units have a row of their own, and dropout is behind it.

        Raises
        ------
        ConfigError
            As :meth:`drops`.
        """
        inputs, *drops = self.drops(len(network.shapes) - 1).tolist()
        found = [inputs]
        for drop, activation in zip(drops, network.activations, strict=False):
            found += [0.0, drop] if is_parametric(activation) else [drop]
        return np.array(found)

    def limits(self) -> NDArray[np.float64]:
        """L1, clips by value and by norm, bounds of weights and of steps, as kernels read them."""
        given = (self.clip_value, self.clip_norm, self.max_norm, self.max_change)
        return np.array([self.l1, *(math.inf if each is None else each for each in given)])
