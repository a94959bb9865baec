"""Losses: what training makes small, as frozen objects.

A loss sees the last layer's values z and the targets.  Losses of a row's outputs are
added up, those of a batch are averaged.
"""

from __future__ import annotations

from collections.abc import Callable

from fastavg.errors import ConfigError
from fastavg.losses.classes import CrossEntropy, Hinge
from fastavg.losses.contract import Loss
from fastavg.losses.custom_loss import CustomLoss
from fastavg.losses.deviances import Gamma, Poisson
from fastavg.losses.numbers import AbsoluteError, Huber, LogCosh, Quantile, SquaredError

__all__ = [
    "LOSSES", "AbsoluteError", "CrossEntropy", "CustomLoss", "Gamma", "Hinge", "Huber", "LogCosh",
    "Loss", "Poisson", "Quantile", "SquaredError", "loss", "own_loss",
]

LOSSES: dict[str, Callable[[], Loss]] = {
    "squared_error": SquaredError, "absolute_error": AbsoluteError, "huber": Huber,
    "quantile": Quantile, "log_cosh": LogCosh, "poisson": Poisson, "gamma": Gamma,
    "cross_entropy": CrossEntropy, "hinge": Hinge, "squared_hinge": lambda: Hinge(squared=True),
}
OWN = {
    "softmax": CrossEntropy(), "logistic": CrossEntropy(), "identity": SquaredError(),
    "exponential": Poisson(), "margin": Hinge(),
}


def loss(name: str | Loss) -> Loss:
    """The loss of a name; a loss is itself.

    Raises
    ------
    ConfigError
        If the name is unknown.

    >>> loss("huber")
    Huber(delta=1.0)
    """
    if not isinstance(name, str):
        return name
    if name not in LOSSES:
        raise ConfigError(f"loss {name!r} is unknown; choose {', '.join(LOSSES)}")
    return LOSSES[name]()


def own_loss(output: str) -> Loss:
    """The loss that an output is trained with if no other is named.

    >>> own_loss("exponential")
    Poisson()
    """
    return OWN[output]
