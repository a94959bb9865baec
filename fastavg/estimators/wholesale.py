"""Training on all rows at once, by L-BFGS."""

from __future__ import annotations

import sys
import warnings
from typing import Any

from sklearn.exceptions import ConvergenceWarning

from fastavg.communicators import connect
from fastavg.errors import ConfigError
from fastavg.estimators.planning import INIT, seed_of
from fastavg.estimators.validation import Rows
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers.lbfgs import lbfgs


def fit_lbfgs(estimator: Any, network: Network, rows: Rows, warm: bool) -> None:
    """Train on all rows at once; keep the result in the estimator.

    Raises
    ------
    ConfigError
        If several workers were asked for.
    """
    if estimator.workers != 1:
        raise ConfigError(
            f"workers is {estimator.workers}; lbfgs takes all rows at once and needs 1"
        )
    seed = seed_of(estimator.random_state, connect(None))
    plan = Plan(seed=seed, dtype="float64", init=INIT)
    found = lbfgs(
        network, rows.X, rows.targets.Y, rows.weights, estimator._start(network, plan, warm),
        l2=estimator.alpha, max_iter=estimator.max_iter, max_fun=estimator.max_fun,
        tol=estimator.tol,
    )
    if estimator.verbose:
        sys.stdout.write(f"Iteration {found.iterations}, loss = {found.loss:.8f}\n")
    if found.stopped_by:
        warnings.warn(
            f"lbfgs failed to converge after {found.iterations} iterations "
            f"({found.stopped_by}); a larger max_iter or scaled features would help",
            ConvergenceWarning, stacklevel=4,
        )
    estimator.n_iter_, estimator.loss_, estimator.t_ = found.iterations, found.loss, 0
    estimator._keep(network, found.weights)
