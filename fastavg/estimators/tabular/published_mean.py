"""A mean of the round centers, checked on held-out rows after every epoch.

The mean forgets slowly, so it is where training is on the whole and not where its last
steps went; it is what is validated, stopped on and kept.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from fastavg.estimators.tabular.recipe import Recipe
from fastavg.models.tabular_model import Forward
from fastavg.networks.network import Network
from fastavg.training.observers.events import Observer, RoundFinished


class PublishedMean(Observer):
    """Observer that keeps the mean of the centers, and the best one by held-out rows.

    Parameters
    ----------
    recipe : Recipe
        How long the mean remembers, and how long training goes on without a better one.
    network : Network
        The layers.
    X, y : array (n_held, n_inputs), (n_held, 1) or (n_held, n_outputs)
        The held-out rows: inputs, and class numbers or scaled numbers.
    weights : array (n_held,), optional
        How much each of them counts.
    tell : callable, optional
        Told of every epoch: how many, the mean training loss, the loss of the held-out rows.

    Attributes
    ----------
    best : array (n_weights,) or None
        The mean with the least loss, the last one of equals.
    best_epoch : float
        The epoch that it was reached in.
    best_loss : float
        Its loss; infinite before the first epoch has ended.
    losses : list of float
        The loss after each epoch.
    """

    def __init__(
        self, recipe: Recipe, network: Network, X: NDArray[np.floating],
        y: NDArray[np.floating], weights: NDArray[np.floating] | None = None,
        tell: Callable[[float, float, float], object] | None = None,
    ) -> None:
        self._recipe, self._network = recipe, network
        self._X, self._y, self._weights = X, y, weights
        self._mean: NDArray[np.floating] | None = None
        self._centers = 0
        self._tell, self._seen, self._rows = tell, 0.0, 0.0
        self.best: NDArray[np.floating] | None = None
        self.best_loss, self.best_epoch = math.inf, 0.0
        self.losses: list[float] = []

    def on_round(self, event: RoundFinished) -> bool:
        """Take a round's center in; True ends training.

        Parameters
        ----------
        event : RoundFinished
            The round that has just ended, with its center.

        Returns
        -------
        bool
            True once no epoch has been better for the recipe's ``patience``.
        """
        mean = self._take_in(event.weights())
        self._seen, self._rows = self._seen + event.loss * event.rows, self._rows + event.rows
        if (event.round + 1) % self._recipe.averages_per_epoch:
            return False
        loss = self.loss(mean)
        self.losses.append(loss)
        if self._tell is not None:
            self._tell(event.epoch, self._seen / max(self._rows, 1e-300), loss)
        self._seen = self._rows = 0.0
        if loss <= self.best_loss:
            self.best, self.best_loss, self.best_epoch = mean.copy(), loss, event.epoch
        return event.epoch - self.best_epoch >= self._recipe.patience

    def loss(self, weights: NDArray[np.floating]) -> float:
        """Log loss of classes, squared error of numbers, on the held-out rows.

        Parameters
        ----------
        weights : array (n_weights,)
            Weights of the network.

        Returns
        -------
        float
            The weighted mean over the rows: in nats, or in squared units of the scaled targets.
        """
        z = Forward(self._network, weights)(self._X).astype(np.float64)
        if self._network.output == "identity":
            rows = ((z - self._y) ** 2).mean(axis=1)
        else:
            z -= z.max(axis=1, keepdims=True)
            chosen = z[np.arange(len(z)), self._y[:, 0].astype(np.int64)]
            rows = np.log(np.exp(z).sum(axis=1)) - chosen
        return float(np.average(rows, weights=self._weights))

    def _take_in(self, center: NDArray[np.floating]) -> NDArray[np.floating]:
        self._centers += 1
        if self._mean is None:
            self._mean = center.copy()
            return self._mean
        decay = 0.5 ** (1 / (self._recipe.half_life * self._recipe.averages_per_epoch))
        # A short memory at first, when the centers still go far.
        decay = min(decay, self._centers / (self._centers + 9))
        self._mean += np.asarray((1 - decay) * (center - self._mean), self._mean.dtype)
        return self._mean
