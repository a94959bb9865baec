"""What the L2 penalty adds to a loss, from the weights or from their squares."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.network import Network
from fastavg.networks.workspace import dense_table


class L2Penalty:
    """``factor`` times the sum of the squared weights, biases left out.

    Parameters
    ----------
    network : Network
        The network.
    factor : float
        Half of the penalty, divided by the rows that it belongs to.

    Examples
    --------
    >>> L2Penalty(Network((1, 1), output="identity"), 0.5)(np.array([3.0, 7.0]))
    4.5
    """

    def __init__(self, network: Network, factor: float) -> None:
        self._table, self._factor = dense_table(network), factor

    def __call__(self, weights: NDArray[np.floating]) -> float:
        """The penalty of weights (n_weights,)."""
        from fastavg.kernels.network.dense import squared_weights

        return self.of_squares(squared_weights(self._table, weights))

    def of_squares(self, squares: float) -> float:
        """The penalty of weights whose squares come to so much.

        Parameters
        ----------
        squares : float
            Their sum, biases left out.
        """
        return self._factor * squares
