"""Prediction of a few rows, where allocating and packing would cost more than computing."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.first_use import prepare_kernels
from fastavg.networks.aligned import aligned
from fastavg.networks.network import Network
from fastavg.networks.workspace import prediction_table

FEW_ROWS = 32
# Numbers that buffers between two calls may hold.
SMALL = 1 << 18


class FewRows:
    """The buffers of a prediction that reads the weights where they are.

    Parameters
    ----------
    network : Network
        The network.
    weights : array (n_weights,) of float32 or float64
        Its weights; they are read where they are.
    rows : int
        The most rows of a call.

    Attributes
    ----------
    rows : int
        The most rows of a call.
    small : bool
        True if the buffers are worth keeping between calls.
    """

    def __init__(self, network: Network, weights: NDArray[np.floating], rows: int) -> None:
        from fastavg.kernels.network.dense import predict_rows
        from fastavg.kernels.network.layout import OUT_AT, OUT_LD
        from fastavg.kernels.network.packing import all_finite
        from fastavg.kernels.numerics.product import TILE

        prepare_kernels(weights.dtype.name, ("prediction",))
        self.rows = rows
        self._n_features, self._n_outputs = network.layer_sizes[0], network.layer_sizes[-1]
        # Kernels are compiled for writable arrays.
        self._weights = np.require(weights, requirements=["C", "W"])
        self._table = prediction_table(network, rows, weights.dtype)
        last = self._table[-1]
        self._blocks = aligned(int(last[OUT_AT] + rows * last[OUT_LD]), weights.dtype)
        self._tile = aligned(TILE, weights.dtype)
        self._predict, self._all_finite = predict_rows, all_finite
        copied = 0 if self._weights is weights else weights.size
        self.small = self._blocks.size + copied <= SMALL

    def numbers(self, X: NDArray[Any]) -> NDArray[np.floating] | None:
        """A copy of X in the weights' dtype; None if it is no matrix of finite numbers.

        Parameters
        ----------
        X : array (n_rows, n_features)
            The features.

        Returns
        -------
        array like X, or None
            A copy in the weights' dtype; None if X is no matrix of finite numbers.
        """
        if X.shape[1] != self._n_features or X.dtype.kind not in "fiub":
            return None
        with np.errstate(over="ignore"):
            numbers = np.array(X, self._weights.dtype, order="C")
        return numbers if self._all_finite(numbers.reshape(-1)) else None

    def predict(self, numbers: NDArray[np.floating], output: int) -> NDArray[np.floating]:
        """Predict rows that :meth:`numbers` has checked.

        Parameters
        ----------
        numbers : array (n_rows, n_features)
            At most ``rows`` rows, in the weights' dtype.
        output : int
            Code of the output function.

        Returns
        -------
        array (n_rows, n_outputs)
            The predictions.
        """
        rows = len(numbers)
        out = np.empty((rows, self._n_outputs), numbers.dtype)
        with one_blas_thread():
            self._predict(
                self._table, output, self._weights, self._blocks, self._tile, numbers, 0, rows, out,
            )
        return out
