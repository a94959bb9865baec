"""Losses: what training makes small, as frozen objects.

A loss sees the last layer's values z and the targets.  Losses of a row's outputs are
added up, those of a batch are averaged.
"""

from __future__ import annotations

from fastavg.losses.classes import CrossEntropy, Hinge
from fastavg.losses.contract import LOSSES, Loss
from fastavg.losses.custom_loss import CustomLoss
from fastavg.losses.deviances import Gamma, Poisson
from fastavg.losses.numbers import AbsoluteError, Huber, LogCosh, Quantile, SquaredError
from fastavg.losses.scaled_tanh import ScaledTanh

__all__ = [
    "LOSSES", "AbsoluteError", "CrossEntropy", "CustomLoss", "Gamma", "Hinge", "Huber", "LogCosh",
    "Loss", "Poisson", "Quantile", "ScaledTanh", "SquaredError", "loss", "own_loss",
]

OWN = {
    "softmax": CrossEntropy(), "logistic": CrossEntropy(), "identity": SquaredError(),
    "exponential": Poisson(), "margin": Hinge(),
}


def loss(name: str | Loss) -> Loss:
    """The loss of a name; a loss is itself.

    Parameters
    ----------
    name : str or Loss
        A name, such as ``'huber'``; a loss is returned as it is.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> loss("huber")
    Huber(delta=1.0)
    """
    return LOSSES.make(name)


def own_loss(output: str) -> Loss:
    """The loss that an output is trained with if no other is named.

    Parameters
    ----------
    output : str
        Output of a network.

    Examples
    --------
    >>> own_loss("exponential")
    Poisson()
    """
    return OWN[output]
