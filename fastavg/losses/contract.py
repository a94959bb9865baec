"""What makes a loss: a frozen object with its compiled form and the same in NumPy."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.options import Family

Array = NDArray[np.floating]


class Loss:
    """Common part of all losses.

    Attributes
    ----------
    outputs : tuple of str
        Outputs of a network that it goes with.
    """

    outputs: ClassVar[tuple[str, ...]] = ("identity",)

    def settings(self) -> tuple[float, ...]:
        """The numbers that the compiled form reads."""
        return (0.0,)

    def code(self, output: str, dtype: DTypeLike) -> int:
        """What training kernels know it by: a number, or the address of its loop."""
        from fastavg.kernels.network.called_losses import STAGES

        return STAGES[self._stage(output)].address(dtype)

    def rows(self, z: Array, Y: Array, output: str) -> NDArray[np.float64]:
        """The loss of each row.

        Parameters
        ----------
        z : array (n_rows, n_outputs)
            The last layer's values.
        Y : array (n_rows, n_outputs) or (n_rows, 1)
            A number for each output, or a class number.
        output : str
            The network's output.
        """
        each = self._each(np.asarray(z, np.float64), full_targets(Y, z))
        summed: NDArray[np.float64] = each.sum(axis=1)
        return summed

    def check_output(self, output: str) -> None:
        """Refuse an output that it does not go with.

        Raises
        ------
        ConfigError
        """
        if output not in self.outputs:
            raise ConfigError(
                f"loss {type(self).__name__} goes with the output {' or '.join(self.outputs)}; "
                f"this network's is {output}"
            )

    def check_targets(self, Y: Array) -> None:
        """Refuse targets that it is not defined for.

        Raises
        ------
        DataError
        """

    def _stage(self, output: str) -> str:
        raise NotImplementedError

    def _each(self, z: NDArray[np.float64], T: NDArray[np.float64]) -> NDArray[np.float64]:
        raise NotImplementedError


def full_targets(Y: Array, z: Array) -> NDArray[np.float64]:
    """One number for each output; a class number becomes a one among zeros."""
    full = np.asarray(Y, np.float64)
    if full.shape[1] != z.shape[1]:
        full = np.eye(z.shape[1])[full[:, 0].astype(np.intp)]
    return full


LOSSES: Family[Loss] = Family("loss", "fastavg.losses")
