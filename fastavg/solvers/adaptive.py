"""Further optimizers that give every weight a rate of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.options import POSITIVE, RATE, at_least, option
from fastavg.solvers.contract import SOLVERS
from fastavg.solvers.minibatch import MiniBatch, rate


@SOLVERS.member("rmsprop")
@dataclass(frozen=True)
class RMSProp(MiniBatch):
    """RMSProp (Tieleman and Hinton 2012), with PyTorch's formula and Keras' defaults.

    ``s <- rho s + (1 - rho) g^2``; ``w <- w - rate g / (sqrt(s) + epsilon)``; with momentum
    ``v <- momentum v + g / (sqrt(s) + epsilon)``; ``w <- w - rate v``.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    rho : float
        Decay of the running mean of squared gradients.
    epsilon : float
        Added to the square root of the mean squared gradient.
    momentum : float
        Fraction of the last step that is added to the next one.

    Examples
    --------
    >>> RMSProp().n_vectors, RMSProp(momentum=0.9).n_vectors
    (1, 2)
    """

    rho: float = option(0.9, check=RATE)
    epsilon: float = option(1e-8, check=POSITIVE, sklearn="epsilon")
    momentum: float = option(0.0, check=RATE)

    @property
    def n_vectors(self) -> int:
        """The second moment, and the velocity if there is momentum."""
        return 2 if self.momentum else 1

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["rmsprop"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        own = [self.rho, self.epsilon, self.momentum]
        return np.append(super()._hyper(first, steps), own)


@SOLVERS.member("adagrad")
@dataclass(frozen=True)
class Adagrad(MiniBatch):
    """Adagrad (Duchi, Hazan and Singer 2011), as in PyTorch.

    ``s <- s + g^2``; ``w <- w - rate g / (sqrt(s) + epsilon)``; s starts from ``initial``.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    epsilon : float
        Added to the square root of the sum of squared gradients.
    initial : float
        Initial value of the sum of squared gradients.

    Examples
    --------
    >>> Adagrad().n_vectors
    1
    """

    learning_rate: float = rate(1e-2)
    epsilon: float = option(1e-10, check=POSITIVE)
    initial: float = option(0.0, check=at_least(0))

    @property
    def n_vectors(self) -> int:
        """The sum of squared gradients."""
        return 1

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["adagrad"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        return np.append(super()._hyper(first, steps), [self.epsilon, self.initial])


@SOLVERS.member("nadam")
@dataclass(frozen=True)
class Nadam(MiniBatch):
    """Adam with Nesterov's look-ahead (Dozat 2016), as in PyTorch.

    The momentum of step t is ``beta_1 (1 - 0.96^(t momentum_decay) / 2)``.

    Parameters
    ----------
    learning_rate : float
        Learning rate of each worker's steps.
    schedule : Schedule or str
        How the learning rate changes over the run.
    beta_1 : float
        Decay of the running mean of gradients.
    beta_2 : float
        Decay of the running mean of squared gradients.
    epsilon : float
        Added to the square root of the mean squared gradient.
    momentum_decay : float
        Rate at which the momentum rises to ``beta_1``.

    Examples
    --------
    >>> Nadam().n_vectors
    2
    """

    learning_rate: float = rate(2e-3)
    beta_1: float = option(0.9, check=RATE, sklearn="beta_1")
    beta_2: float = option(0.999, check=RATE, sklearn="beta_2")
    epsilon: float = option(1e-8, check=POSITIVE, sklearn="epsilon")
    momentum_decay: float = option(4e-3, check=at_least(0))

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network.called_optimizers import STAGES

        return STAGES["nadam"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        # The product of all momenta so far corrects the first moment.  Computed from the
        # start of the run, it does not depend on where rounds and calls begin.
        t = np.arange(1, first + steps + 1)
        momenta = self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        products = np.cumprod(momenta)[first:]
        own = [self.beta_1, self.beta_2, self.epsilon, self.momentum_decay, first]
        return np.concatenate([super()._hyper(first, steps), own, products])
