"""How far a start drives the hidden units into saturation, and how many come out of it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.network import Network

# A unit whose output varies less over the rows tells them apart by next to nothing.
LIVELY = 0.02


class Saturation(NamedTuple):
    """The first hidden layer at the start of training.

    Parameters
    ----------
    pre_activation : float
        Mean input of a hidden unit, over rows and units.
    saturated : float
        Part of the hidden outputs above 0.99, 0 to 1.
    slope : float
        Mean derivative of the logistic function there, 0.25 at most.
    """

    pre_activation: float
    saturated: float
    slope: float


def saturation(network: Network, X: NDArray[np.floating], init: str, splits: int) -> Saturation:
    """Measure the first hidden layer of a logistic network on all rows.

    Parameters
    ----------
    network : Network
    X : array (n_rows, n_features)
    init : str
        See :meth:`fastavg.Network.initial_weights`.
    splits : int
        Starts to measure; means over them are returned.

    Examples
    --------
    >>> network = Network((400, 25, 10), "logistic", "logistic")
    >>> saturation(network, np.full((1, 400), 0.1), "uniform(0, 1)", 3).saturated
    1.0
    """
    found = []
    for split in range(splits):
        W, b = network.views(network.initial_weights(split, init, np.float64))[0]
        z = X.astype(np.float64) @ W + b
        a = 1 / (1 + np.exp(-z))
        found.append((z.mean(), (a > 0.99).mean(), (a * (1 - a)).mean()))
    return Saturation(*np.mean(found, axis=0).tolist())


def live_units(
    network: Network, weights: NDArray[np.floating], X: NDArray[np.floating]
) -> int:
    """Units of the first hidden layer whose output's standard deviation over the rows of
    X is 0.02 or more.

    Parameters
    ----------
    network : Network
        What is trained.
    weights : array (n_weights,)
        As :attr:`Model.weights`.
    X : array (n_rows, n_features)
        Rows to compare.

    Examples
    --------
    >>> network = Network((2, 3, 2), "logistic", "logistic")
    >>> live_units(network, np.zeros(network.n_weights), np.eye(2))
    0
    """
    W, b = network.views(weights)[0]
    a = 1 / (1 + np.exp(-(X @ W + b)))
    return int((a.std(axis=0) >= LIVELY).sum())
