"""From an estimator's parameters to a plan and a network.

Parameters that have their defaults are left to the profile ``scikit-learn``; the others become
options.  ``batch_size`` counts the rows of a step of all workers together, as it does for one.
"""

from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils import check_random_state

from fastavg.communicators import Communicator
from fastavg.errors import ConfigError
from fastavg.estimators.parameters import Parameters
from fastavg.estimators.user_warnings import warn_user
from fastavg.losses import LOSSES, CrossEntropy, Loss
from fastavg.networks.network import Network
from fastavg.options import is_number, is_whole
from fastavg.plan.beginning import Beginning
from fastavg.plan.default_period import part_of_epoch_for
from fastavg.plan.gain_check import GainCheck
from fastavg.plan.inputs import NetworkOptions
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config, as_table, preset_name
from fastavg.plan.resolve import FEW_NUMBERS, SHARED_BATCH, algorithm_for, layered, output_for
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import SOLVERS, MiniBatch, Regularization
from fastavg.solvers.schedules import Schedule

# A run of partial_fit has no end of its own.
ENDLESS = 1e6
SYNONYMS = {"log_loss": "cross_entropy"}
# L-BFGS has all rows, in float64, and no steps that these could change.
# With one of these the solver is the estimator's, also beside a preset.
OF_SOLVER = {"solver", "learning_rate", "learning_rate_init"}
NOT_OF_LBFGS = ("batch_size", "sampling", "dtype")


def plan_of(
    estimator: Parameters, n_rows: int, seed: int, dtype: str, endless: bool = False
) -> Plan:
    """The plan that the parameters describe.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    n_rows : int
        Training rows.
    seed : int
        Seed of the run.
    dtype : str
        What ``auto`` is for these rows.
    endless : bool
        True for a run that goes on with every call.

    Raises
    ------
    ConfigError
        If a value is impossible, or values do not go together.
    """
    given = options_of(estimator)
    config = layered(given, *_profiles(estimator))
    config = {name: value for name, value in config.items() if name in PLAN}
    workers = int(estimator.workers) if is_whole(estimator.workers, 1) else 1
    solver = SOLVERS.make(_for_workers(config["solver"], workers))
    if config.get("batch_size") != "auto" and getattr(solver, "whole_sample", False):
        rows = int(config.get("batch_size") or 0)
    else:
        rows = rows_of_step(config.get("batch_size", "auto"), n_rows)
    batch = max(1, round(rows / workers)) if rows else 0
    # Averaging weights, a penalty is divided by the rows of a worker's step; all are meant.
    part = batch / rows if rows else 1.0
    algorithm = algorithm_for(config["algorithm"])
    if algorithm.whole_batch:
        part = 1.0
    penalties = config.get("regularization", {})
    for name in ("l2", "l1"):
        penalties[name] = penalties.get(name, _DEFAULTS[name]) * part
    if config["average_every"] == "auto":
        config["average_every"] = part_of_epoch_for(_about_averages(given), {
            "workers": workers, "batch_size": batch, "algorithm": algorithm, "solver": solver,
        }, n_rows)
    return Plan(**{
        **config, "workers": estimator.workers, "batch_size": batch,
        "regularization": penalties, "seed": seed, "solver": solver,
        "epochs": ENDLESS if endless else config["epochs"],
        "algorithm": algorithm,
        "dtype": dtype if config["dtype"] == "auto" else config["dtype"],
        "loss": estimator._loss, "stopping": stopping_of(estimator, algorithm.converges),
    })


def _about_averages(given: Config) -> Config:
    # Rows in their given order are dealt out as shuffled ones are: that is no sampling.
    shuffling = "name" not in as_table(given.get("sampling"))
    return {name: each for name, each in given.items() if name != "sampling" or not shuffling}


PLAN = {each.name for each in fields(Plan)}
_DEFAULTS = {each.name: each.default for each in fields(Regularization)}


def options_of(estimator: Parameters) -> Config:
    """Options for the parameters that do not have their default.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    """
    changed = estimator.changed_parameters()
    config = _table(Plan, changed)
    for name in ("solver", "loss", "seed"):
        config.pop(name, None)
    if solver := _solver_of(estimator, changed):
        config["solver"] = solver
    sampling = _table_of_family(Plan, "sampling", estimator, changed)
    if sampling:
        config["sampling"] = sampling
    for name, kind in (("gain", GainCheck), ("beginning", Beginning)):
        if table := _table(kind, changed):
            config[name] = table
    config["regularization"] = _table(Regularization, changed)
    if estimator.solver == "lbfgs":
        for name in NOT_OF_LBFGS:
            config.pop(name, None)
    return {**config, "network": _layers_of(estimator, changed)}


def _layers_of(estimator: Parameters, changed: dict[str, Any]) -> Config:
    table = _table(NetworkOptions, changed)
    if "hidden" in table:
        table["hidden"] = hidden_of(estimator)
    return table


def _table(kind: Any, parameters: dict[str, Any]) -> Config:
    return {
        each.name: parameters[each.metadata["option"].sklearn] for each in fields(kind)
        if "option" in each.metadata and each.metadata["option"].sklearn in parameters
    }


def _table_of_family(
    kind: Any, name: str, estimator: Parameters, changed: dict[str, Any]
) -> Any:
    about = next(each for each in fields(kind) if each.name == name).metadata["option"]
    chosen = getattr(estimator, about.sklearn)
    if not isinstance(chosen, str):
        return chosen
    member = about.family.kind(chosen)
    table = {} if member is None else _table(member, changed)
    return {"name": chosen, **table} if about.sklearn in changed or name == "solver" else table


def _solver_of(estimator: Parameters, changed: dict[str, Any]) -> Any:
    course = estimator.learning_rate
    if estimator.preset is not None and not changed.keys() & OF_SOLVER:
        return None
    if (estimator.solver, course) == ("sgd", "line-search"):
        return {"name": "line-search"}
    table = _table_of_family(Plan, "solver", estimator, changed)
    if isinstance(table, dict) and _steps(estimator.solver) and isinstance(course, str):
        # Adaptive rates are made by who watches the losses and the held-out rows.
        schedule = {"name": "constant" if course == "adaptive" else course}
        table["schedule"] = {**schedule, **_table(Schedule, changed)}
    return table


def _steps(name: Any) -> bool:
    kind = SOLVERS.kind(name) if isinstance(name, str) else type(name)
    return kind is not None and issubclass(kind, MiniBatch)


def goes_step_by_step(estimator: Parameters) -> bool:
    """True for optimizers over mini-batches; other solvers need all rows at once.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    """
    return _steps(estimator.solver)


def _for_workers(solver: Any, workers: int) -> Any:
    """The solver with the rate of one worker scaled for several.

    Each worker has its part of a batch, and a gradient that is noisier by the square root
    of their number; a solver that divides by the size of the gradient takes steps that are
    smaller by as much, and the average does not make up for it (Malladi et al. 2022, "On the
    SDEs and scaling rules for adaptive gradient algorithms").
    """
    if not isinstance(solver, dict) or not is_number(solver.get("learning_rate")):
        return solver
    if solver["name"] == "sgd" or workers == 1:
        return solver
    return {**solver, "learning_rate": solver["learning_rate"] * math.sqrt(workers)}


def _profiles(estimator: Parameters) -> tuple[str, ...]:
    if estimator.preset is None:
        return ("scikit-learn",)
    return ("scikit-learn", preset_name(estimator.preset))


def stopping_of(estimator: Parameters, converges: bool = False) -> Stopping:
    """When a fit ends, and with which weights.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    converges : bool
        True if the plan's algorithm ends by itself where it has converged.
    """
    values = {
        each.name: getattr(estimator, each.metadata["option"].sklearn)
        for each in fields(Stopping)
        if each.metadata["option"].sklearn and each.name != "metric"
    }
    values["early"] = bool(values["early"]) and not converges
    if estimator.preset is not None or converges:
        # They say for themselves how long training lasts.
        values["patience"] = math.inf
    return Stopping(**values)


def rows_of_step(asked: Any, n_rows: int) -> int:
    """Rows of a step of all workers together: at most 200, as in scikit-learn, unless given.

    Parameters
    ----------
    asked : int or str
        The parameter ``batch_size``.
    n_rows : int
        Training rows.

    Raises
    ------
    ConfigError
        If it is neither 'auto' nor a whole number of at least 1.
    """
    if isinstance(asked, str) and asked == "auto":
        return min(SHARED_BATCH, n_rows)
    if not is_whole(asked, 1):
        raise ConfigError(
            f"batch_size is {asked!r}; it must be 'auto' or a whole number of at least 1"
        )
    if asked > n_rows:
        warn_user(f"batch_size is {asked}, more than the {n_rows} rows; it is clipped")
    return min(int(asked), n_rows)


def network_of(estimator: Parameters, n_features: int, n_outputs: int, kind: str) -> Network:
    """The network that the parameters describe.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    n_features : int
        Columns of X.
    n_outputs : int
        Units of the last layer.
    kind : str
        Kind of target, as for :class:`fastavg.plan.resolve.Facts`.

    Raises
    ------
    ConfigError
        If a parameter is impossible, or the loss is for another kind of target.
    """
    given = {"network": _layers_of(estimator, estimator.changed_parameters())}
    config = layered(given, *_profiles(estimator))
    layers = NetworkOptions(**config["network"])
    output = output_for(estimator._loss, kind, layers.output)
    return Network((n_features, *layers.hidden, n_outputs), layers.activation, output)


def hidden_of(estimator: Parameters) -> tuple[int, ...]:
    """The sizes of the hidden layers.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.

    Raises
    ------
    ConfigError
        If one is no whole number of at least 1.
    """
    given = np.atleast_1d(np.asarray(estimator.hidden_layer_sizes, object)).tolist()
    for size in given:
        if not is_whole(size, 1):
            raise ConfigError(
                f"hidden_layer_sizes must be > 0, got {list(given)}; each is a number of units"
            )
    return tuple(int(size) for size in given)


def loss_of(estimator: Parameters, own: str) -> Loss:
    """The loss that the parameters name.

    Parameters
    ----------
    estimator : Parameters
        The estimator, fitted or not.
    own : str
        What 'auto' means.

    Raises
    ------
    ConfigError
        If the name is unknown, or labels are smoothed for another loss.
    """
    given = estimator.loss
    if isinstance(given, (tuple, list)):
        raise ConfigError(
            f"loss is {given!r}; the loss comes first, as in scikit-learn: layer sizes need "
            f"their name, hidden_layer_sizes={given!r}"
        )
    name = own if isinstance(given, str) and given == "auto" else given
    found = LOSSES.make(SYNONYMS.get(name, name) if isinstance(name, str) else name)
    if estimator.label_smoothing:
        if not isinstance(found, CrossEntropy):
            raise ConfigError(
                f"label_smoothing is {estimator.label_smoothing}; it goes with the loss log_loss"
            )
        return CrossEntropy(estimator.label_smoothing)
    return found


def seed_of(random_state: Any, ranks: Communicator) -> int:
    """A number for a random state; the same on every rank.

    Parameters
    ----------
    random_state : int, RandomState or None
        As scikit-learn takes it.
    ranks : Communicator
        Between ranks.
    """
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

    Parameters
    ----------
    asked : str
        The parameter ``dtype``.
    X : array or sparse array (n_rows, n_features)
        The features as they came; zeros count as well.
    """
    if asked != "auto":
        return asked
    return "float64" if X.dtype == np.float64 and math.prod(X.shape) <= FEW_NUMBERS else "float32"
