"""Initial weights: the distributions that they are drawn from, by name.

A new one is a function with ``@initialization(name)`` here.  It fills one layer after the
other, so the draws of a layer do not depend on those behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError

Array = NDArray[np.floating]
# Numbers that are drawn at once, in float64: layers may be large, and be kept in float32.
PIECE = 1 << 16
# Fills W (fan_in, fan_out) and b (fan_out,) of one layer.  The last argument is the
# activation of the first hidden layer, which decides the width as in scikit-learn.
Fill = Callable[[np.random.Generator, Array, Array, object], None]
INITIALIZATIONS: dict[str, Fill] = {}


def initialization(name: str) -> Callable[[Fill], Fill]:
    """Register the function that fills a layer under a name.

    Parameters
    ----------
    name : str
        What ``init`` calls it.
    """
    def register(fill: Fill) -> Fill:
        INITIALIZATIONS[name] = fill
        return fill

    return register


@initialization("glorot")
def _glorot(random: np.random.Generator, W: Array, b: Array, activation: object) -> None:
    # Uniform; Glorot and Bengio 2010.
    bound = math.sqrt(6 / sum(W.shape))
    for part in _pieces(W):
        part[:] = random.uniform(-bound, bound, part.shape)


@initialization("glorot-biases")
def _glorot_biases(random: np.random.Generator, W: Array, b: Array, activation: object) -> None:
    # As scikit-learn: biases like weights, and narrower for logistic units.
    bound = math.sqrt((2 if activation == "logistic" else 6) / sum(W.shape))
    for part in (*_pieces(W), b):
        part[:] = random.uniform(-bound, bound, part.shape)


@initialization("he")
def _he(random: np.random.Generator, W: Array, b: Array, activation: object) -> None:
    # Normal; He et al. 2015.
    for part in _pieces(W):
        part[:] = random.normal(0, math.sqrt(2 / W.shape[0]), part.shape)


@initialization("lecun")
def _lecun(random: np.random.Generator, W: Array, b: Array, activation: object) -> None:
    # Normal; LeCun et al. 1998.
    for part in _pieces(W):
        part[:] = random.normal(0, math.sqrt(1 / W.shape[0]), part.shape)


def _pieces(W: Array) -> list[Array]:
    # The numbers drawn are the same: rows come one after the other.
    step = max(1, PIECE // W.shape[1])
    return [W[start : start + step] for start in range(0, len(W), step)]


def fill_of(init: str) -> Fill:
    """The function that fills a layer, of a name or of ``uniform(a, b)``.

    Parameters
    ----------
    init : str
        A key of ``INITIALIZATIONS``, or an interval for weights and biases alike.

    Raises
    ------
    ConfigError
        If the name is unknown or the interval is empty or not finite.

    Examples
    --------
    >>> W, b = np.empty((2, 3)), np.empty(3)
    >>> fill_of("uniform(0.5, 0.5)")(np.random.default_rng(0), W, b, "relu")
    >>> b
    array([0.5, 0.5, 0.5])
    """
    if init in INITIALIZATIONS:
        return INITIALIZATIONS[init]
    name, _, rest = init.partition("(")
    try:
        if name.strip() != "uniform" or not rest.endswith(")"):
            raise ValueError(init)
        low, high = (float(part) for part in rest[:-1].split(","))
        if not -math.inf < low <= high < math.inf:
            raise ValueError(init)
    except ValueError:
        names = ", ".join(INITIALIZATIONS)
        raise ConfigError(f"init {init!r} is unknown; choose {names} or uniform(a, b)") from None

    def fill(random: np.random.Generator, W: Array, b: Array, activation: object) -> None:
        for part in (*_pieces(W), b):
            part[:] = random.uniform(low, high, part.shape)

    return fill
