"""What makes a loss: a frozen object with its compiled form and the same in NumPy."""

from __future__ import annotations

from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import ConfigError
from fastavg.networks.elementary import NUMPY, Elementary, Function
from fastavg.options import Family

Array = NDArray[np.floating]


class LossFormula(NamedTuple):
    """The loss of one output z with target t, in elementary functions.

    Attributes
    ----------
    value : function of (z, t, a)
        The loss; ``a`` is the first of the loss's settings.
    derivative : function of (z, t, a)
        Its derivative with respect to z.
    of_target : function of t, optional
        A term that depends on the target alone, added to the value.
    """

    value: Function
    derivative: Function
    of_target: Function | None = None


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
        """What the training kernels know the loss by: a code, or the address of its stage.

        Parameters
        ----------
        output : str
            Output of the network, one of ``outputs``.
        dtype : dtype
            float32 or float64.
        """
        from fastavg.kernels.network.called_losses import loss_of_formula

        return loss_of_formula(type(self).__name__, type(self).formula).address(dtype)

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
        z, T = np.asarray(z, np.float64), full_targets(Y, z)
        value, _, of_target = self.formula(NUMPY)
        # A formula computes both sides of ``where``, also the one that is not defined.
        with np.errstate(all="ignore"):
            each = value(z, T, self.settings()[0])
            if of_target is not None:
                each = each + of_target(T)
        summed: NDArray[np.float64] = each.sum(axis=1)
        return summed

    def curvature(self, z: Array, output: str) -> NDArray[np.float64]:
        """The second derivative of a row's loss along each output, never negative.

        Only what is left of it where predictions are right counts (Gauss and Newton), so that
        targets do not matter.

        Parameters
        ----------
        z : array (n_rows, n_outputs)
            The last layer's values.
        output : str
            The network's output.

        Returns
        -------
        array (n_rows, n_outputs) of float64

        Raises
        ------
        ConfigError
            If the loss has none that is of use.
        """
        raise ConfigError(
            f"loss {type(self).__name__} has no second derivatives to take rates from; those of "
            "cross_entropy, scaled_tanh, squared_error and poisson are known"
        )

    def check_output(self, output: str) -> None:
        """Refuse an output that it does not go with.

        Parameters
        ----------
        output : str
            Output of the network, one of ``outputs``.

        Raises
        ------
        ConfigError
            If the loss does not go with it.
        """
        if output not in self.outputs:
            raise ConfigError(
                f"loss {type(self).__name__} goes with the output {' or '.join(self.outputs)}; "
                f"this network's is {output}"
            )

    def check_targets(self, Y: Array) -> None:
        """Refuse targets that it is not defined for.

        Parameters
        ----------
        Y : array (n_rows, n_outputs) or (n_rows, 1)
            A target for each output, or a class number.

        Raises
        ------
        DataError
            If a target is outside the loss's domain.
        """

    @staticmethod
    def formula(f: Elementary) -> LossFormula:
        """The loss of one output, for losses that are a sum over the outputs of a row.

        Parameters
        ----------
        f : Elementary
            The functions to write it in; see :mod:`fastavg.networks.elementary`.
        """
        raise NotImplementedError


def full_targets(Y: Array, z: Array) -> NDArray[np.float64]:
    """One number for each output; a class number becomes a row of zeros with a one.

    Parameters
    ----------
    Y : array (n_rows, n_outputs) or (n_rows, 1)
        A target for each output, or a class number.
    z : array (n_rows, n_outputs)
        Pre-activations of the last layer, for the number of outputs.
    """
    full = np.asarray(Y, np.float64)
    if full.shape[1] != z.shape[1]:
        full = np.eye(z.shape[1])[full[:, 0].astype(np.intp)]
    return full


LOSSES: Family[Loss] = Family("loss", "fastavg.losses")
