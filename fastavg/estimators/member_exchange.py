"""Fitted members of an estimator, sent from the rank that has fitted them to all others.

.. code-block:: text

    member 0: rank 0,  member 1: rank 1,  member 2: rank 0, ...      each fitted by one rank
        weights as they are, what scikit-learn's attributes hold as JSON --> every rank
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import broadcast
from fastavg.networks.network import Network
from fastavg.training.observers.history import RoundRecord

# What a fit leaves beside its weights: numbers, and lists of them.
CURVES = (
    "n_iter_", "t_", "loss_curve_", "loss_", "best_loss_", "validation_scores_",
    "validation_loss_curve_", "best_validation_score_",
)


class Fitted(Protocol):
    """What is sent of a fitted estimator, and what it is made of again.

    Attributes
    ----------
    weights_ : array (n_weights,) of float32 or float64
        The flat weight vector.
    history_ : list of RoundRecord
        Every round's figures.
    """

    weights_: NDArray[np.floating]
    history_: list[RoundRecord]

    def _keep(self, network: Network, weights: NDArray[np.floating]) -> None:
        """Predict with these weights."""


Member = TypeVar("Member", bound=Fitted)


def exchanged(
    mine: Mapping[int, Member], unfitted: Sequence[Member], network: Network, dtype: str,
    ranks: Communicator,
) -> list[Member]:
    """All members on every rank; a collective.

    Parameters
    ----------
    mine : dict of int to estimator
        The members that this rank has fitted: those whose number has this rank as remainder.
    unfitted : sequence of estimator
        One for each member, which is filled in where another rank has fitted it.
    network : Network
        The layers of each.
    dtype : str
        ``float32`` or ``float64``, of the weights.
    ranks : Communicator
        Between ranks.

    Returns
    -------
    list of estimator
        In the order of their numbers, with the same weights on every rank.
    """
    found = []
    for number, blank in enumerate(unfitted):
        root = number % ranks.size
        made = mine.get(number, blank)
        data = broadcast(_written(made) if number in mine else None, ranks, root)
        weights = made.weights_ if number in mine else np.empty(network.n_weights, dtype)
        sent = np.ascontiguousarray(weights)
        ranks.broadcast(sent, root)
        if number not in mine:
            _fill(made, network, sent, json.loads(data))
        found.append(made)
    return found


def _written(made: Fitted) -> bytes:
    told: dict[str, Any] = {name: getattr(made, name) for name in CURVES}
    told["history_"] = [asdict(record) for record in made.history_]
    return json.dumps(told, default=float).encode()


def _fill(
    made: Fitted, network: Network, weights: NDArray[np.floating], told: dict[str, Any]
) -> None:
    for name in CURVES:
        setattr(made, name, told[name])
    made.history_ = [RoundRecord(**record) for record in told["history_"]]
    made._keep(network, weights)
