"""The final combination: a mean of the last centers, if it scores higher than the best of them."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Weights = NDArray[np.floating]
Score = Callable[[Weights], float]


class Combination(NamedTuple):
    """A mean of centers.

    Parameters
    ----------
    weights : array (n_weights,)
        The mean, in the dtype of the centers.
    score : float
        Of the held-out rows.
    centers : int
        How many centers are in it.
    """

    weights: Weights
    score: float
    centers: int


def uniform(centers: Sequence[Weights], score: Score) -> Combination:
    """The plain mean of all centers (Povey, Zhang and Khudanpur 2014 combine so many at the end).

    Parameters
    ----------
    centers : sequence of array (n_weights,)
        At least one.
    score : callable
        From weights to the score of held-out rows.

    Examples
    --------
    >>> centers = [np.array([1.0]), np.array([3.0])]
    >>> uniform(centers, lambda weights: -abs(float(weights[0]) - 2.5)).score
    -0.5
    """
    mean = _mean(centers)
    return Combination(mean, score(mean), len(centers))


def greedy(centers: Sequence[Weights], scores: Sequence[float], score: Score) -> Combination:
    """Centers one by one, the best first; each stays if the mean's score does not fall.

    The greedy soup of Wortsman et al. 2022, "Model soups".

    Parameters
    ----------
    centers : sequence of array (n_weights,)
        At least one.
    scores : sequence of float
        Of each center.
    score : callable
        From weights to the score of held-out rows.

    Examples
    --------
    >>> centers = [np.array([1.0]), np.array([3.0]), np.array([9.0])]
    >>> def near(weights):
    ...     return -abs(float(weights[0]) - 2.0)
    >>> greedy(centers, [near(each) for each in centers], near)
    Combination(weights=array([2.]), score=-0.0, centers=2)
    """
    order = sorted(range(len(centers)), key=lambda at: -scores[at])
    kept, best = [order[0]], scores[order[0]]
    for at in order[1:]:
        found = score(_mean([centers[each] for each in [*kept, at]]))
        if found >= best:
            kept, best = [*kept, at], found
    return Combination(_mean([centers[each] for each in kept]), best, len(kept))


class LatestCenters:
    """Keeps the centers at the ends of the last epochs, and combines them.

    Parameters
    ----------
    kind : str
        ``uniform`` or ``greedy``.
    count : int
        How many centers are kept; each costs a vector of memory.
    """

    def __init__(self, kind: str, count: int) -> None:
        self.kind = kind
        self._kept: deque[tuple[Weights, float]] = deque(maxlen=count)

    def take(self, weights: Weights, score: float) -> None:
        """Keep a copy of a center, in place of the oldest one; not of one that has no score.

        Parameters
        ----------
        weights : array (n_weights,)
            The center.
        score : float
            Of the held-out rows.
        """
        if not math.isnan(score):
            self._kept.append((weights.copy(), score))

    def combined(self, score: Score) -> Combination | None:
        """The combination of what is kept; None without at least two centers.

        Parameters
        ----------
        score : callable
            From weights to the score of held-out rows.
        """
        if len(self._kept) < 2:
            return None
        centers, scores = [each for each, _ in self._kept], [each for _, each in self._kept]
        if self.kind == "uniform":
            return uniform(centers, score)
        return greedy(centers, scores, score)

    def state_dict(self) -> dict[str, Any]:
        """The centers and their scores."""
        return {
            "scores": [score for _, score in self._kept],
            "centers": np.array([center for center, _ in self._kept]) if self._kept else None,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; see :meth:`Stateful.load_state_dict`."""
        centers = state["centers"]
        self._kept.clear()
        for center, score in zip(
            [] if centers is None else centers, state["scores"], strict=True
        ):
            self._kept.append((np.array(center), float(score)))


def _mean(centers: Sequence[Weights]) -> Weights:
    total = np.zeros(centers[0].shape)
    for center in centers:
        total += center
    mean: Weights = (total / len(centers)).astype(centers[0].dtype)
    return mean
