"""How far a start drives the hidden units into saturation."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.network import Network


class Saturation(NamedTuple):
    """First hidden layer at the start: the mean pre-activation over rows and units, the
    part of outputs above 0.99, and the mean slope (a quarter at most).
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
