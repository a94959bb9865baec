"""One member of a model of a table at work: the last layer's values for compact rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network.packing import repack
from fastavg.machine.first_use import prepare_kernels
from fastavg.networks.network import OUTPUTS, Network
from fastavg.networks.workspace import Workspace

# Rows of one call of the kernels.
ROWS = 256


class Forward:
    """A network's weights, laid out for the kernels, and the memory to run them in.

    Parameters
    ----------
    network : Network
        The layers.
    dtype : dtype
        float32 or float64, in which the kernels compute.
    lookups : array (n_lookups, LOOKUP_COLUMNS) of int64, optional
        Of compact rows, how their numbers stand for inputs; without it they are the inputs.
    """

    def __init__(
        self, network: Network, dtype: DTypeLike, lookups: NDArray[np.int64] | None = None
    ) -> None:
        prepare_kernels(np.dtype(dtype).name, ("prediction",))
        self._network = network
        self._space = Workspace(network, ROWS, dtype, training=False)
        if lookups is not None:
            self._space.look_up(lookups)

    def load(self, weights: NDArray[np.floating]) -> Forward:
        """Take other weights; the same object.

        Parameters
        ----------
        weights : array (n_weights,)
            Of the dtype that the kernels compute in.
        """
        space = self._space
        repack(space.dense, np.require(weights, requirements=["C", "W"]), space.layers, space.theta)
        space.pack_weights()
        return self

    def __call__(self, rows: NDArray[np.floating]) -> NDArray[np.floating]:
        """The last layer's values (n_rows, n_outputs), before the output function."""
        from fastavg.kernels.network.dense import predict_rows

        space = self._space
        out = np.empty((len(rows), self._network.layer_sizes[-1]), rows.dtype)
        for start in range(0, len(rows), ROWS):
            block = rows[start : start + ROWS]
            predict_rows(
                space.layers, OUTPUTS["identity"], space.theta, space.scratch.blocks,
                space.scratch.tile, block, 0, len(block), out[start : start + ROWS],
            )
        return out
