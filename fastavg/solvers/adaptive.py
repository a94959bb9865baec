"""Optimizers that give every weight a rate of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.options import POSITIVE, RATE, at_least, one_of, option
from fastavg.solvers.contract import SOLVERS
from fastavg.solvers.minibatch import MiniBatch, rate
from fastavg.solvers.weight_blocks import (
    POWER,
    WEIGHT_BLOCKS,
    TrainedVector,
    WeightBlocks,
    block_numbers,
)


@SOLVERS.member("adam")
@dataclass(frozen=True)
class Adam(MiniBatch):
    """Adam (Kingma and Ba 2015); with ``weight_decay`` AdamW (Loshchilov and Hutter 2019).

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
    weight_decay : float
        Decoupled weight decay: the fraction of the weights, biases included, that a step with
        learning rate 1 subtracts.
    rates : WeightBlocks
        Factors on the learning rate for blocks of the weights.
    decays : WeightBlocks
        Factors on the weight decay for blocks of the weights.
    fan_in_power : float
        The learning rate of a hidden layer's or the last layer's matrix is divided by this power of
        its number of inputs; 0.5 is the NTK form, in which every layer has its own rate.
    decay_schedule : str
        How the weight decay changes over the run: ``constant``, or ``flat_cos``, which falls to 0
        in the second half of the run as half a cosine does.

    Examples
    --------
    >>> Adam().n_vectors
    2
    """

    same_at_every_step: ClassVar[bool] = True

    beta_1: float = option(0.9, check=RATE, sklearn="beta_1")
    beta_2: float = option(0.999, check=RATE, sklearn="beta_2")
    epsilon: float = option(1e-8, check=POSITIVE, sklearn="epsilon")
    weight_decay: float = option(0.0, check=at_least(0))
    rates: WeightBlocks = option(factory=WeightBlocks, family=WEIGHT_BLOCKS)
    decays: WeightBlocks = option(factory=WeightBlocks, family=WEIGHT_BLOCKS)
    fan_in_power: float = option(0.0, check=POWER)
    decay_schedule: str = option("constant", check=one_of("constant", "flat_cos"))

    @property
    def by_blocks(self) -> bool:
        """True if blocks of the weights, or parts of the run, are treated each in its way."""
        return not (
            self.rates.neutral and self.decays.neutral and self.fan_in_power == 0
            and self.decay_schedule == "constant"
        )

    def numbers(
        self, first: int, steps: int, warm: int = 0, vector: TrainedVector | None = None
    ) -> NDArray[np.float64]:
        """What its loop reads beside the vectors; see :meth:`MiniBatch.numbers`.

        Parameters
        ----------
        first : int
            Steps since its state was zero.
        steps : int
            Steps that follow.
        warm : int
            Steps of the run in which the learning rate rises.
        vector : TrainedVector, optional
            Where the blocks of the weights are; without it all weights are treated alike.
        """
        made = super().numbers(first, steps, warm, vector)
        if vector is None or not self.by_blocks:
            return made
        falls = vector.total_steps if self.decay_schedule == "flat_cos" else 0
        blocks = block_numbers(vector, self.rates, self.decays, self.fan_in_power)
        return np.concatenate([made, [falls], blocks])

    @property
    def n_vectors(self) -> int:
        """The first and the second moment."""
        return 2

    def code(self, dtype: DTypeLike) -> int:
        """The kernels' own number for it.

        Parameters
        ----------
        dtype : dtype
            Of the weights: float32 or float64.
        """
        from fastavg.kernels.network import optimizers as updates

        return updates.ADAM

    def _hyper(self, first: int, steps: int) -> NDArray[np.float64]:
        from fastavg.kernels.network import optimizers as updates

        hyper = super()._hyper(first, steps)
        hyper[updates.BETA1_AT], hyper[updates.BETA2_AT] = self.beta_1, self.beta_2
        hyper[updates.EPSILON_AT] = self.epsilon
        hyper[updates.WEIGHT_DECAY_AT] = self.weight_decay
        return hyper


@SOLVERS.member("adamw")
@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019), biases included.

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
    weight_decay : float
        Decoupled weight decay: the fraction of the weights, biases included, that a step with
        learning rate 1 subtracts.
    rates : WeightBlocks
        Factors on the learning rate for blocks of the weights.
    decays : WeightBlocks
        Factors on the weight decay for blocks of the weights.
    fan_in_power : float
        The learning rate of a hidden layer's or the last layer's matrix is divided by this power of
        its number of inputs; 0.5 is the NTK form, in which every layer has its own rate.
    decay_schedule : str
        How the weight decay changes over the run: ``constant``, or ``flat_cos``, which falls to 0
        in the second half of the run as half a cosine does.

    Examples
    --------
    >>> AdamW().weight_decay
    0.01
    """

    weight_decay: float = option(0.01, check=at_least(0))


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
