"""A plain network, as the options of a run describe it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.communicators import Communicator
from fastavg.data.columns import features_of
from fastavg.data.deformations import DEFORMATIONS
from fastavg.data.prepare import Rows, open_table, scaled_features, with_target
from fastavg.data.sparse_rows import SparseRows
from fastavg.errors import ConfigError
from fastavg.models.committee import Committee
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.inputs import DataOptions
from fastavg.plan.placement import cpus_of_all
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import Config, as_table
from fastavg.plan.resolve import Facts, Resolved
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.train import train


def data_options(config: Config) -> DataOptions:
    """Where the rows of a run come from, and how they are scaled.

    The pixels of images that are deformed keep one scale: a deformation moves them from one
    column to another.  A model that is trained further keeps its own scaling.

    Parameters
    ----------
    config : dict
        Options in the form of a configuration file.

    Raises
    ------
    ConfigError
        If an option is wrong.

    Examples
    --------
    >>> data_options({"augment": "digits"}).scale, data_options({}).scale
    ('overall', 'auto')
    """
    options = DataOptions(**config.get("data", {}))
    further = as_table(config.get("network")).get("start_from") is not None
    active = DEFORMATIONS.make(config.get("augment")).active
    if active and options.scale == "decorrelate":
        raise ConfigError(
            "scale is decorrelate, after which rows are no images, and augment deforms images; "
            "choose scale overall, or augment none"
        )
    deformed = active and not further
    return replace(options, scale="overall") if deformed and options.scale == "auto" else options


def facts_of(rows: Rows, ranks: Communicator) -> Facts:
    """What is known of the run before it is planned; a collective call.

    Parameters
    ----------
    rows : Rows
        Training and test rows.
    ranks : Communicator
        Between the ranks that train together.

    Returns
    -------
    Facts
        Shape, kind and dtype of the data; processors and ranks.
    """
    return Facts(
        len(rows.X), rows.X.shape[1], rows.n_outputs, rows.target, str(rows.X.dtype),
        cpus_of_all(ranks), ranks.size,
    )


def with_found_rate(given: Config, resolved: Resolved, rows: Rows) -> Resolved:
    """The plan with a learning rate from a range test, if the options ask for one.

    Parameters
    ----------
    given : dict
        Options in the form of a configuration file; a ``learning_rate`` of ``auto`` asks.
    resolved : Resolved
        What they have come to.
    rows : Rows
        Training and test rows.

    Returns
    -------
    Resolved
        The same on every rank, which each make the test.

    Raises
    ------
    ConfigError
        If the solver has no learning rate.
    """
    if as_table(given.get("solver")).get("learning_rate") != "auto":
        return resolved
    plan = resolved.plan
    # Loaded here: few runs look for their rate.
    from fastavg.training.range_test import range_test

    found = range_test(
        resolved.network, rows.X, rows.scaled(rows.y), plan, sample_weight=rows.weights
    )
    assert isinstance(plan.solver, MiniBatch)
    solver = replace(plan.solver, learning_rate=found.rate)
    return replace(resolved, plan=replace(plan, solver=solver))


def scale_of(asked: str, rows: Rows) -> str:
    """The scaling that ``auto`` has come to.

    Parameters
    ----------
    asked : str
        The ``scale`` that was asked for.
    rows : Rows
        Training and test rows.

    Returns
    -------
    str
        ``none``, ``standard`` or ``maxabs`` for ``auto``, else what was asked for.
    """
    if asked != "auto":
        return asked
    if rows.scaling is None:
        return "none"
    return "maxabs" if isinstance(rows.X, SparseRows) else "standard"


def untrained_model(network: Network, rows: Rows, dtype: str) -> Model:
    """The network with its classes, names and scaling, and weights of zero.

    Parameters
    ----------
    network : Network
        What will be trained.
    rows : Rows
        Training and test rows.
    dtype : str
        ``float32`` or ``float64``, of the weights.

    Returns
    -------
    Model
        What the trained weights will mean.
    """
    return Model(
        network, np.zeros(network.n_weights, dtype),
        np.unique(rows.y) if rows.target == "class" else None,
        rows.feature_names, rows.scaling,
    )


def train_model(
    untrained: Model, plan: Plan, rows: Rows, options: DataOptions, execution: Execution,
    start: Model | None = None, members: int = 1,
) -> Model | Committee:
    """The trained network, or networks, with the rows to validate on and the weights of classes.

    Parameters
    ----------
    untrained : Model
        The network with its classes, names and scaling; its weights are not used.
    plan : Plan
        The same on every rank.
    rows : Rows
        Training and test rows.
    options : DataOptions
        Where the data come from, and how they are split and scaled; the same on every rank.
    execution : Execution
        Processes, threads, checkpoints and the communicator.
    start : Model, optional
        Whose weights are trained further.
    members : int, default 1
        How many networks are trained side by side.

    Returns
    -------
    Model or Committee
        With the trained weights.

    Raises
    ------
    DataError
        If the validation data cannot be used.
    ConfigError
        If there are several networks, and validation data.
    Diverged
        If a weight is not finite any more.
    """
    weights = rows.weights
    if options.class_weight is not None:
        from sklearn.utils.class_weight import compute_sample_weight

        of_class = compute_sample_weight(options.class_weight, rows.y)
        weights = of_class if weights is None else weights * of_class
    held: tuple[Any, Any] | None = None
    if options.validation is not None:
        path = Path(options.validation)
        table = open_table(path, options.target, untrained.feature_names)
        X = features_of(untrained, table, path)
        X = scaled_features(X, untrained.scaling, plan.dtype)
        held = X, rows.scaled(with_target(table, path))
    if members > 1:
        if held is not None:
            raise ConfigError(
                f"members is {members}, and validation is a file; it goes with a single network, "
                "and --validation-size with several"
            )
        from fastavg.training.train_committee import train_committee

        return train_committee(
            untrained.network, rows.X, rows.scaled(rows.y), plan, n_members=members,
            sample_weight=weights, execution=execution,
        )
    return train(
        start or untrained.network, rows.X, rows.scaled(rows.y), plan, sample_weight=weights,
        validation_data=held, execution=execution,
    )
