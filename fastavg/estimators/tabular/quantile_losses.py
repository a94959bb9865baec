"""The pinball losses of several quantiles of one target, an output of the network for each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.losses import Loss, Quantile
from fastavg.losses.contract import full_targets
from fastavg.networks.elementary import NUMPY


@dataclass(frozen=True)
class QuantileLosses(Loss):
    """The sum of the pinball losses of all outputs, each with a quantile of its own.

    Parameters
    ----------
    quantiles : tuple of float
        One for each output, between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> QuantileLosses((0.1, 0.9)).rows(np.array([[1.0, 3.0]]), np.full((1, 2), 2.0), "identity")
    array([0.2])
    """

    quantiles: tuple[float, ...]

    def settings(self) -> tuple[float, ...]:
        """The quantiles."""
        return tuple(float(each) for each in self.quantiles)

    def code(self, output: str, dtype: DTypeLike) -> int:
        """The address of a stage that reads a setting for each output; see :meth:`Loss.code`.

        Parameters
        ----------
        output : str
            ``identity``.
        dtype : dtype
            float32 or float64.
        """
        from fastavg.kernels.network.called_losses import loss_of_formula

        return loss_of_formula("Quantiles", Quantile.formula, True).address(dtype)

    def rows(
        self, z: NDArray[np.floating], Y: NDArray[np.floating], output: str
    ) -> NDArray[np.float64]:
        """The summed loss of each row; see :meth:`Loss.rows`.

        Parameters
        ----------
        z : array (n_rows, n_outputs)
            The last layer's values.
        Y : array (n_rows, n_outputs)
            The target, once for each output.
        output : str
            ``identity``.
        """
        z = np.asarray(z, np.float64)
        each = Quantile.formula(NUMPY).value(z, full_targets(Y, z), np.array(self.settings()))
        return np.asarray(each.sum(axis=1), np.float64)
