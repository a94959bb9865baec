"""What a member says of rows, if several submodels were trained in it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.models.forward import Forward
from fastavg.networks.network import Network


def values_of(
    network: Network, weights: NDArray[np.floating], forward: Forward,
    rows: NDArray[np.floating],
) -> NDArray[np.float64]:
    """The last layer's values; of several submodels, those of their mean answer.

    Parameters
    ----------
    network : Network
        What was trained.
    weights : array (n_weights,)
        Its weights.
    forward : Forward
        Of ``network.member``.
    rows : array (n_rows, n_numbers)
        Compact rows.

    Returns
    -------
    array (n_rows, n_outputs) of float64
        Of classes of several submodels the logarithms of the mean probabilities, else the mean.
    """
    each = [forward.load(own)(rows).astype(np.float64) for own in network.members(weights)]
    if len(each) == 1 or network.output != "softmax":
        return np.asarray(sum(each[1:], each[0]) / len(each))
    total = np.zeros_like(each[0])
    for z in each:
        e = np.exp(z - z.max(axis=1, keepdims=True))
        total += e / e.sum(axis=1, keepdims=True)
    return np.asarray(np.log(np.maximum(total / len(each), np.finfo(np.float64).tiny)))
