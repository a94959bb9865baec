"""Validation on rows of which each rank has some: one score for all of them.

Every part is scored by the rank that holds it, and the figures of the parts are added without
rounding.  So score and loss are the same to the bit for any number of ranks.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import gather_values
from fastavg.data.rows import Rows
from fastavg.errors import ConfigError
from fastavg.losses import Loss, own_loss
from fastavg.models.model import Model

Weights = NDArray[np.floating]


class PartsValidation:
    """A function from weights to the score and the mean loss of held-out rows; a collective.

    Parameters
    ----------
    model : Model
        What the weights mean, for rows as the network sees them; its classes are their numbers.
    held : mapping of int to Rows
        The held-out rows of this rank, by part.
    ranks : Communicator
        Between ranks; all of them call, with the same weights.
    metric : str, default 'auto'
        ``auto``: accuracy, or R squared of numbers, each row with its weight; ``loss``: the
        negative mean loss.
    loss : Loss, optional
        If not the own one of the network's output.

    Raises
    ------
    ConfigError
        If the metric is another one.

    Examples
    --------
    >>> from fastavg import Network
    >>> from fastavg.communicators import LocalCommunicator
    >>> rows = Rows(np.eye(2), np.array([[0.0], [0.0]]), np.zeros(0))
    >>> model = Model(Network((2, 2)), np.array([1.0, 0, 0, 1, 0, 0]), np.arange(2))
    >>> validate = PartsValidation(model, {0: rows}, LocalCommunicator())
    >>> score, loss = validate(model.weights)
    >>> score, round(loss, 3)
    (0.5, 0.813)
    """

    def __init__(
        self, model: Model, held: Mapping[int, Rows], ranks: Communicator, metric: str = "auto",
        loss: Loss | None = None,
    ) -> None:
        if metric not in ("auto", "loss"):
            raise ConfigError(
                f"metric is {metric!r}, which needs all held-out rows at one place, and in parts "
                "each rank has its own; choose auto or loss"
            )
        self._model, self._held, self._ranks = model, held, ranks
        self._metric, self._loss = metric, loss or own_loss(model.network.output)
        first = self._totals([
            [len(rows.X), _weights(rows).sum(), *_weights(rows) @ _targets(rows)]
            for rows in held.values()
        ])
        self._rows, self._weight = first[:2]
        means = np.array(first[2:]) / self._weight
        self._spread = np.array(self._totals([
            list(_weights(rows) @ (_targets(rows) - means) ** 2) for rows in held.values()
        ]))

    def __call__(self, weights: Weights) -> tuple[float, float]:
        """Score and loss; NaN if the weights are not finite."""
        if not np.isfinite(weights).all():
            return math.nan, math.nan
        model = replace(self._model, weights=weights)
        lost, *figures = self._totals([self._of_part(model, rows) for rows in self._held.values()])
        loss = lost / self._rows
        if self._metric == "loss":
            return -loss, loss
        if model.target != "number":
            return figures[0] / self._weight, loss
        missed, spread = np.array(figures), self._spread
        # A constant output counts 1 if it is met exactly, else 0, as in scikit-learn.
        part = np.where(spread > 0, missed / np.where(spread > 0, spread, 1), missed > 0)
        return float(np.mean(1 - part)), loss

    def _of_part(self, model: Model, rows: Rows) -> list[float]:
        Y, weights = _targets(rows), _weights(rows)
        z = model.decision(rows.X).astype(np.float64)
        lost = float(self._loss.rows(z, Y, model.network.output).sum())
        said = np.asarray(model.predict(rows.X), np.float64).reshape(Y.shape)
        if model.target == "number":
            return [lost, *weights @ (Y - said) ** 2]
        return [lost, float(weights @ (said == Y).all(axis=1))]

    def _totals(self, own: Sequence[Sequence[float]]) -> list[float]:
        everyone = gather_values([[float(each) for each in part] for part in own], self._ranks)
        return [_total(column) for column in zip(*(
            part for rank in everyone for part in rank
        ), strict=True)]


def _total(column: Sequence[float]) -> float:
    try:
        return math.fsum(column)
    except (OverflowError, ValueError):
        return math.nan


def _targets(rows: Rows) -> NDArray[np.float64]:
    return rows.Y.astype(np.float64)


def _weights(rows: Rows) -> NDArray[np.float64]:
    return rows.weights.astype(np.float64) if rows.weights.size else np.ones(len(rows.X))
