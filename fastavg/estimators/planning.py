"""What an estimator's parameters mean: its plan, its solver, its hidden layers."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from fastavg.averaging import rule
from fastavg.communicators import Communicator
from fastavg.data.sampling_schemes import sampling
from fastavg.errors import ConfigError
from fastavg.estimators.parts import solver_of
from fastavg.estimators.preset import preset_of
from fastavg.estimators.user_warnings import warn_user
from fastavg.options import is_number, is_whole
from fastavg.plan.plan import Plan
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import LBFGS, Regularization

# A run of partial_fit has no end of its own.
ENDLESS = 1e6
FEW_NUMBERS = 10_000
INIT = "glorot-biases"


def check_parameters(estimator: Any) -> None:
    """Refuse what no plan would notice.

    Raises
    ------
    ConfigError
    """
    if not is_whole(estimator.max_iter, 1):
        raise ConfigError(
            f"max_iter is {estimator.max_iter}; it must be a whole number of at least 1"
        )
    fraction = estimator.validation_fraction
    if not (is_number(fraction) and 0 <= fraction < 1):
        raise ConfigError(
            f"validation_fraction is {fraction}; it must be at least 0 and below 1"
        )
    if not (is_number(estimator.tol) and estimator.tol >= 0):
        raise ConfigError(f"tol is {estimator.tol}; it must be a number of at least 0")
    patience = estimator.n_iter_no_change
    if patience != math.inf and not is_whole(patience, 1):
        raise ConfigError(
            f"n_iter_no_change is {patience}; it must be a whole number of at least 1, or infinity"
        )
    limit = estimator.max_seconds
    if limit is not None and not (is_number(limit) and limit > 0):
        raise ConfigError(f"max_seconds is {limit}; it must be a number above 0, or None")
    if estimator.restore_best not in ("auto", True, False):
        raise ConfigError(
            f"restore_best is {estimator.restore_best!r}; it must be 'auto', True or False"
        )


def seed_of(random_state: Any, ranks: Communicator) -> int:
    """A number for a random state; the same on every rank."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    # Ranks draw different seeds: the first one's counts.
    drawn = np.array([check_random_state(random_state).randint(2**31 - 1)], np.int64)
    ranks.broadcast(drawn)
    return int(drawn[0])


def dtype_of(asked: str, X: NDArray[np.floating]) -> str:
    """The dtype of training; ``auto`` is float32, but float64 for few numbers in float64.

    scikit-learn computes in the dtype of X.  Where there are few numbers that costs
    nothing, and rounding would show in small comparisons.
    """
    if asked != "auto":
        return asked
    return "float64" if X.dtype == np.float64 and X.size <= FEW_NUMBERS else "float32"


def rows_of_step(estimator: Any, n_rows: int) -> int:
    """Rows of a step of all workers together: at most 200, as in scikit-learn, unless given.

    Raises
    ------
    ConfigError
        If ``batch_size`` is neither 'auto' nor a whole number of at least 1.
    """
    asked = estimator.batch_size
    if isinstance(asked, str) and asked == "auto":
        return min(200, n_rows)
    if not is_whole(asked, 1):
        raise ConfigError(
            f"batch_size is {asked!r}; it must be 'auto' or a whole number of at least 1"
        )
    if asked > n_rows:
        warn_user(f"batch_size is {asked}, more than the {n_rows} rows; it is clipped")
    return min(int(asked), n_rows)


def plan_of(
    estimator: Any, n_rows: int, seed: int, dtype: str, endless: bool = False
) -> Plan:
    """The plan that the parameters describe.

    ``batch_size`` counts the rows of a step of all workers together, as it does for one.
    """
    made = preset_of(estimator)
    if made is not None:
        # A preset says for itself how long training lasts.
        return replace(made.plan, seed=seed, stopping=stopping_of(estimator, math.inf))
    if estimator.solver == "lbfgs":
        return _lbfgs_plan(estimator, seed)
    whole = getattr(estimator.solver, "whole_sample", estimator.solver == "cg")
    rows = 0 if whole else rows_of_step(estimator, n_rows)
    workers = int(estimator.workers) if is_whole(estimator.workers, 1) else 1
    batch = max(1, round(rows / workers)) if rows else 0
    # The penalty is divided by the rows of a worker's step; all workers' rows are meant.
    part = batch / rows if rows else 1.0
    return Plan(
        workers=estimator.workers, epochs=ENDLESS if endless else estimator.max_iter,
        average_every=estimator.average_every, batch_size=batch, solver=solver_of(estimator),
        averaging=rule(estimator.averaging), seed=seed, dtype=dtype,
        products=estimator.products,
        sampling=sampling(estimator.sampling, shuffle=estimator.shuffle),
        reduction=estimator.reduction, loss=estimator._loss, init=INIT,
        regularization=Regularization(
            l2=estimator.alpha * part, l1=estimator.l1 * part, dropout=estimator.dropout,
            input_dropout=estimator.input_dropout, max_norm=estimator.max_norm,
            clip_norm=estimator.clip_norm, clip_value=estimator.clip_value,
        ),
        stopping=stopping_of(estimator, estimator.n_iter_no_change),
    )


def _lbfgs_plan(estimator: Any, seed: int) -> Plan:
    return Plan(
        workers=estimator.workers, epochs=estimator.max_iter, batch_size=0, algorithm="lbfgs",
        solver=LBFGS(tol=estimator.tol, max_fun=estimator.max_fun), solver_state="reset",
        sampling=sampling("shards", shuffle=False), reduction=estimator.reduction,
        # A line search is the first to suffer from rounded derivatives.
        dtype="float64", loss=estimator._loss, init=INIT, seed=seed,
        products=estimator.products,
        regularization=Regularization(l2=estimator.alpha),
        stopping=replace(stopping_of(estimator, math.inf), early=False),
    )


def stopping_of(estimator: Any, patience: float) -> Stopping:
    """When a fit ends, and with which weights."""
    return Stopping(
        early=bool(estimator.early_stopping), patience=patience, tol=estimator.tol,
        restore_best=estimator.restore_best, max_seconds=estimator.max_seconds,
        validation_size=estimator.validation_fraction,
    )
