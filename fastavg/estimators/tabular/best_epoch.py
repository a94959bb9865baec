"""The best epoch of a member, by its held-out rows, and the end when none is better.

What is checked, and kept, is what the run publishes: a slowly forgetting mean of the round
centers (:class:`fastavg.averaging.moving.CenterEMA`), which is where training is on the whole
and not where its last steps went.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.rows import Rows
from fastavg.estimators.tabular.quantile_losses import QuantileLosses
from fastavg.estimators.tabular.recipe import Recipe
from fastavg.estimators.tabular.submodel_values import values_of
from fastavg.models.forward import Forward
from fastavg.networks.network import Network
from fastavg.training.controllers.contract import Controller
from fastavg.training.observers.events import RoundFinished


class BestEpoch(Controller):
    """Checks the published weights after every epoch and keeps the best ones.

    Parameters
    ----------
    recipe : Recipe
        How long training goes on without a better epoch.
    network : Network
        The layers.
    held : Rows
        The held-out rows: compact, with class numbers or scaled numbers, NaN for a number that
        is not known.
    tell : callable, optional
        Told of every epoch: how many, the mean training loss, the loss of the held-out rows.

    Attributes
    ----------
    best : array (n_weights,) or None
        The published weights with the least loss, the last ones of equals.
    best_epoch : float
        The epoch that they were reached in.
    best_loss : float
        Their loss; infinite before the first epoch has ended.
    losses : list of float
        The loss after each epoch.
    """

    def __init__(
        self, recipe: Recipe, network: Network, held: Rows,
        tell: Callable[[float, float, float], object] | None = None,
    ) -> None:
        self._recipe, self._network, self._held, self._tell = recipe, network, held, tell
        self._seen = self._rows = 0.0
        # The loss that the next ones have to be clearly below, and the epoch that reached it.
        self._clear_loss, self._clear_epoch = math.inf, 0.0
        self._forward: Forward | None = None
        self.best: NDArray[np.floating] | None = None
        self.best_loss, self.best_epoch = math.inf, 0.0
        self.losses: list[float] = []

    def on_round(self, event: RoundFinished) -> bool:
        """Check the published weights at the end of an epoch; True ends training.

        Parameters
        ----------
        event : RoundFinished
            The round that has just ended.

        Returns
        -------
        bool
            True once no epoch has been clearly better for the recipe's ``patience``.
        """
        self._seen, self._rows = self._seen + event.loss * event.rows, self._rows + event.rows
        if (event.round + 1) % self._recipe.averages_per_epoch:
            return False
        weights, epoch = event.weights(), event.epoch
        loss = self.loss(weights)
        self.losses.append(loss)
        if self._tell is not None:
            self._tell(epoch, self._seen / max(self._rows, 1e-300), loss)
        self._seen = self._rows = 0.0
        if loss <= self.best_loss:
            self.best, self.best_loss, self.best_epoch = weights.copy(), loss, epoch
        if loss <= self._clear_loss * (1 - self._recipe.tol):
            self._clear_loss, self._clear_epoch = loss, epoch
        return epoch - self._clear_epoch >= self._recipe.patience

    def loss(self, weights: NDArray[np.floating]) -> float:
        """Log loss of classes, squared error or pinball loss of numbers, on the held-out rows.

        Parameters
        ----------
        weights : array (n_weights,)
            Weights of the network.

        Returns
        -------
        float
            The weighted mean over the rows: in nats, or in squared units of the scaled targets.
        """
        held = self._held
        if self._forward is None:
            self._forward = Forward(self._network.member, held.X.dtype, held.lookups)
        z = values_of(self._network, weights, self._forward, held.dense)
        counts = held.weights if held.weights.size else np.ones(len(z))
        if self._recipe.quantiles:
            rows = QuantileLosses(self._recipe.quantiles).rows(z, held.Y, "identity")
            return float(np.average(rows, weights=counts))
        if self._network.output == "identity":
            known = np.isfinite(held.Y) * counts[:, None]
            missed = (z - np.nan_to_num(held.Y)) ** 2
            return float((known * missed).sum() / max(known.sum(), 1e-300))
        z -= z.max(axis=1, keepdims=True)
        chosen = z[np.arange(len(z)), held.Y[:, 0].astype(np.int64)]
        rows = np.log(np.exp(z).sum(axis=1)) - chosen
        return float(np.average(rows, weights=counts))

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next round's answer depends on."""
        return {
            "losses": list(self.losses), "best": self.best, "best_loss": self.best_loss,
            "best_epoch": self.best_epoch, "clear_loss": self._clear_loss,
            "clear_epoch": self._clear_epoch, "seen": self._seen, "rows": self._rows,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; see :meth:`Stateful.load_state_dict`."""
        self.losses, self.best = list(state["losses"]), state["best"]
        self.best_loss, self.best_epoch = float(state["best_loss"]), float(state["best_epoch"])
        self._clear_loss = float(state["clear_loss"])
        self._clear_epoch = float(state["clear_epoch"])
        self._seen, self._rows = float(state["seen"]), float(state["rows"])
