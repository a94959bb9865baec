"""What stands for a run after a round: the vector that is validated, saved and predicted with."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch

Vectors = NDArray[np.floating]


def published(plan: Plan, center: Vectors, rule_state: Vectors) -> Vectors:
    """The published weights of a committed state: a view or a new array (n_weights,).

    Parameters
    ----------
    plan : Plan
        Its averaging rule and its solver say what is published.
    center : array (vectors, n_weights)
        The common weights, then the averaged solver state.
    rule_state : array (n_vectors, n_weights)
        What the averaging rule remembers.

    Examples
    --------
    >>> published(Plan(solver="sgd"), np.ones((2, 3)), np.ones((0, 3)))
    array([1., 1., 1.])
    """
    weights = plan.averaging.published(center[0], rule_state)
    if isinstance(plan.solver, MiniBatch):
        return plan.solver.published(weights, center[1:])
    return weights
