"""Further optimizers that give every weight a rate of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.kernels.network.called_optimizers import STAGES
from fastavg.solvers.minibatch import MiniBatch


@dataclass(frozen=True)
class RMSProp(MiniBatch):
    """RMSProp (Tieleman and Hinton 2012), with PyTorch's formula and Keras' defaults.

    ``s <- rho s + (1 - rho) g^2``; ``w <- w - rate g / (sqrt(s) + epsilon)``; with momentum
    ``v <- momentum v + g / (sqrt(s) + epsilon)``; ``w <- w - rate v``.

    Examples
    --------
    >>> RMSProp().n_vectors, RMSProp(momentum=0.9).n_vectors
    (1, 2)
    """

    learning_rate: float = 1e-3
    rho: float = 0.9
    epsilon: float = 1e-8
    momentum: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_parts("rho", "momentum")
        self._check_positive("epsilon")

    @property
    def n_vectors(self) -> int:
        """The second moment, and the velocity if there is momentum."""
        return 2 if self.momentum else 1

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop."""
        return STAGES["rmsprop"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        own = [self.rho, self.epsilon, self.momentum]
        return np.append(super()._hyper(first, steps), own)


@dataclass(frozen=True)
class Adagrad(MiniBatch):
    """Adagrad (Duchi, Hazan and Singer 2011), as in PyTorch.

    ``s <- s + g^2``; ``w <- w - rate g / (sqrt(s) + epsilon)``; s starts from ``initial``.

    Examples
    --------
    >>> Adagrad().n_vectors
    1
    """

    learning_rate: float = 1e-2
    epsilon: float = 1e-10
    initial: float = 0.0

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_positive("epsilon")
        self._check_not_negative("initial")

    @property
    def n_vectors(self) -> int:
        """The sum of squared gradients."""
        return 1

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop."""
        return STAGES["adagrad"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        return np.append(super()._hyper(first, steps), [self.epsilon, self.initial])


@dataclass(frozen=True)
class Nadam(MiniBatch):
    """Adam with Nesterov's look-ahead (Dozat 2016), as in PyTorch.

    The momentum of step t is ``beta_1 (1 - 0.96^(t momentum_decay) / 2)``.

    Examples
    --------
    >>> Nadam().n_vectors
    2
    """

    learning_rate: float = 2e-3
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8
    momentum_decay: float = 4e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_parts("beta_1", "beta_2")
        self._check_positive("epsilon")
        self._check_not_negative("momentum_decay")

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The address of its loop."""
        return STAGES["nadam"].address(dtype)

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        # The product of all momenta so far corrects the first moment.  Computed from the
        # start of the run, it does not depend on where rounds and calls begin.
        t = np.arange(1, first + steps + 1)
        momenta = self.beta_1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        products = np.cumprod(momenta)[first:]
        own = [self.beta_1, self.beta_2, self.epsilon, self.momentum_decay, first]
        return np.concatenate([super()._hyper(first, steps), own, products])
