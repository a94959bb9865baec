"""Training on rows that stay with the ranks that have them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from fastavg.communicators import Communicator
from fastavg.communicators.collectives import failing_together, workers_of
from fastavg.data.parts.array_parts import ArrayParts, own_parts
from fastavg.data.parts.contract import PartSource
from fastavg.data.parts.encoded_parts import EncodedParts
from fastavg.data.parts.learnt import Learnt, learn
from fastavg.data.parts.loaded_rows import load_rows, load_validation
from fastavg.data.parts.rank_parts import RankParts
from fastavg.data.parts.row_stream import RowStream
from fastavg.data.parts.scratch_stream import scratch_of
from fastavg.data.parts.table_parts import TableParts
from fastavg.data.sampling_schemes import partitions_of
from fastavg.errors import ConfigError, DataError
from fastavg.models.in_units import in_units
from fastavg.models.model import Model
from fastavg.models.tabular_model import TabularModel
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.controllers.parts_validation import PartsValidation
from fastavg.training.observers.events import Validated, notify
from fastavg.training.run import Run
from fastavg.training.table_of_parts import table_model
from fastavg.training.train import compile_kernels, train_run

# Bytes of a window of rows on disk, unless the plan says how many rows it has.
WINDOW_BYTES = 1 << 26


def train_parts(
    network: Network, parts: PartSource | Sequence[tuple[Any, ...]], plan: Plan, *,
    scale: str = "none", class_weight: str | None = None, rows_from: str = "memory",
    execution: Execution | None = None,
) -> Model | TabularModel:
    """Train on rows of which each rank has the parts of its own workers alone.

    The weights depend on the parts, never on the number of ranks or processes.  What has to be
    known of all rows - classes, scaling, how many rows there are of each class - ranks find out
    together, and it is the same to the bit for any number of them.  With
    ``plan.stopping.held_out`` some rows of every part are held out and scored after every epoch;
    the model has the weights of the best one then.

    Parameters
    ----------
    network : Network
        What to train; its weights are drawn by ``plan.init`` and ``plan.seed``.
    parts : PartSource or sequence of tuple
        ``(X, y)`` or ``(X, y, sample_weight)`` for each worker of this rank, which are
        ``workers_of(rank, size, plan.workers)``, in their order; or files, opened by
        :func:`fastavg.data.parts.opened_parts.open_parts`; with words or missing values, made
        inputs by :func:`fastavg.data.parts.encoded_parts.encoded_parts`.
    plan : Plan
        How to train; its ``sampling`` is ``partitions``.
    scale : str, default 'none'
        Scaling of features: ``standard``, ``minmax``, ``maxabs``, ``overall``, ``auto`` or
        ``none``; the model keeps it.
    class_weight : str, optional
        ``balanced``: rows count so that all classes weigh the same.
    rows_from : str, default 'memory'
        ``disk`` reads the rows of files in each epoch, one window of the plan's sampling after
        the other; ``Partitions(window=65536)`` says how long one is, which else has 64 MB.  Rows
        are decoded once, into a temporary file, if there is room for it.
    execution : Execution, optional
        Processes, ranks, checkpoints and observers; changes no bit of the result.

    Returns
    -------
    Model, or TabularModel of a table with words or missing values
        The same on every rank.

    Raises
    ------
    DataError
        On every rank, if the rows of one cannot be used.
    ConfigError
        If network, plan and data do not fit each other.
    Diverged, RankMismatch, WorkerLost
        As :func:`fastavg.train`.

    Examples
    --------
    >>> from fastavg import SGD
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    >>> plan = Plan(workers=2, epochs=100, solver=SGD(), sampling="partitions")
    >>> made = [(X[:10], ["up", "down"] * 5), (X[10:], ["up", "down"] * 3)]
    >>> train_parts(Network((2, 2)), made, plan).predict([[0, 1]]).tolist()
    ['up']
    """
    execution = execution or Execution()
    ranks = execution.connect()
    source = own_parts(parts, plan.workers, ranks) if isinstance(parts, Sequence) else parts
    if isinstance(source, TableParts):
        raise ConfigError(
            "these files have words or missing values among their columns; encoded_parts makes "
            "inputs of them"
        )
    held = RankParts(source, workers_of(ranks.rank, ranks.size, plan.workers), 0.0)
    partitions_of(plan.sampling, held.cut, plan.workers)
    kind = "number" if network.output in ("identity", "exponential") else "class"
    learnt = learn(held, kind, scale, ranks)
    chosen = Preparation(class_weight, rows_from)
    model = fit_parts(network, plan, held, learnt, chosen, execution, ranks)
    if ranks is not execution.communicator:
        ranks.close()
    return table_model(model, source, learnt) if isinstance(source, EncodedParts) else model


class Preparation(NamedTuple):
    """What is done with rows before training.

    Parameters
    ----------
    class_weight : str or None
        ``balanced``: rows count so that all classes weigh the same.
    rows_from : str, default 'memory'
        Where they are in training: ``memory``, or ``disk``.
    """

    class_weight: str | None
    rows_from: str = "memory"

    def check(self) -> None:
        """Nothing, if both are possible.

        Raises
        ------
        ConfigError
            If one is not.
        """
        if self.class_weight not in (None, "balanced"):
            raise ConfigError(
                f"class_weight is {self.class_weight!r}; it must be balanced, or None"
            )
        if self.rows_from not in ("memory", "disk"):
            raise ConfigError(f"rows_from is {self.rows_from!r}; it must be memory or disk")


def with_window(plan: Plan, parts: RankParts, rows_from: str) -> Plan:
    """The plan with a window that suits rows on disk, if it has none.

    Parameters
    ----------
    plan : Plan
        Its sampling is ``partitions``.
    parts : RankParts
        The rows of this rank; the window is the same for the parts of any other.
    rows_from : str
        ``memory``, or ``disk``.

    Returns
    -------
    Plan
        Itself for rows in memory, or if its sampling has a window.
    """
    scheme = partitions_of(plan.sampling, parts.cut, plan.workers)
    if rows_from != "disk" or scheme.window:
        return plan
    window = WINDOW_BYTES // (plan.numpy_dtype.itemsize * parts.source.n_features)
    return replace(plan, sampling=replace(scheme, window=max(1, window)))


def rows_on_disk(
    plan: Plan, parts: RankParts, learnt: Learnt, standardise: bool, balanced: bool
) -> RowStream:
    """Rows that are read when they are trained on.

    Parameters
    ----------
    plan : Plan
        Its sampling has a window.
    parts : RankParts
        The rows of this rank.
    learnt : Learnt
        What the rows of all ranks say.
    standardise : bool
        Whether numbers to be predicted are scaled.
    balanced : bool
        Whether all classes are to weigh the same.

    Raises
    ------
    ConfigError
        If the rows are in memory anyway.
    """
    scheme = partitions_of(plan.sampling, parts.cut, plan.workers)
    if isinstance(parts.source, ArrayParts):
        raise ConfigError(
            "rows_from is disk, and these rows are in memory; Parquet, Arrow and .npy files are "
            "read in windows"
        )
    return RowStream(parts, learnt, plan.dtype, standardise, balanced, scheme.window)


def fit_parts(
    network: Network, plan: Plan, parts: RankParts, learnt: Learnt, chosen: Preparation,
    execution: Execution, ranks: Communicator,
) -> Model:
    """Load the rows of this rank's parts and train; a collective.

    Parameters
    ----------
    network : Network
        What to train.
    plan : Plan
        How.
    parts : RankParts
        The rows of this rank.
    learnt : Learnt
        What the rows of all ranks say.
    chosen : Preparation
        Weights of classes, and where the rows are in training.
    execution : Execution
        Processes, checkpoints and observers.
    ranks : Communicator
        Between ranks.

    Raises
    ------
    ConfigError, DataError
        If network and rows do not fit each other.
    Diverged, RankMismatch, WorkerLost
        As :func:`fastavg.train`.
    """
    chosen.check()
    if plan.pretraining:
        raise ConfigError(
            f"pretraining is {plan.pretraining}, and sampling is partitions; it needs all "
            "rows at one place, such as with shards"
        )
    if plan.stopping.combine != "none":
        raise ConfigError(
            f"combine is {plan.stopping.combine} and needs all held-out rows at one place, and in "
            "parts each rank has its own; leave it out"
        )
    units, inputs = network.layer_sizes[-1], network.layer_sizes[0]
    needed = max(2, units) if learnt.classes is not None else units
    if learnt.n_outputs != needed:
        what = "classes" if learnt.classes is not None else "numbers"
        raise DataError(
            f"y holds {learnt.n_outputs} {what}; a network with {units} output "
            f"{'unit' if units == 1 else 'units'} needs {needed}"
        )
    if parts.source.n_features != inputs:
        raise DataError(
            f"X has {parts.source.n_features} columns; the network takes {inputs}"
        )
    standardise, balanced = network.output == "identity", chosen.class_weight == "balanced"
    if learnt.target_scaling is not None and plan.loss is not None and not standardise:
        # Rows on disk are not looked at again before training.
        extent = np.stack([learnt.target_scaling.low, learnt.target_scaling.high])
        plan.loss.check_targets(extent)
    plan = with_window(plan, parts, chosen.rows_from)
    start = network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
    watch: list[EarlyStopping] = []
    if plan.stopping.held_out:
        parts = parts.holding_out(plan.stopping.held_out, plan.seed)
        held = load_validation(parts, learnt, plan.dtype, standardise, balanced, ranks)
        classes = None if learnt.classes is None else np.arange(len(learnt.classes))
        validate = PartsValidation(
            Model(network, start, classes), held, ranks, plan.stopping.metric, plan.loss
        )
        watch.append(EarlyStopping(
            plan.stopping, validate=validate,
            report=lambda epoch: notify(execution.observers, Validated(
                epoch.number, epoch.loss, epoch.score, epoch.validation_loss
            )),
        ))
    execution = replace(execution, communicator=ranks)
    with ExitStack() as until_trained:
        if chosen.rows_from == "disk":
            files = rows_on_disk(plan, parts, learnt, standardise, balanced)
            with failing_together(ranks):
                stream = until_trained.enter_context(scratch_of(files))
            rows = replace(files.empty(), cut=parts.cut, stream=stream)
        else:
            # What a compiler takes must not come on top of the rows.
            none = RowStream(parts, learnt, plan.dtype, standardise, balanced, 1).empty()
            empty = Run(network, plan, replace(none, cut=parts.cut), start)
            compile_kernels(empty, execution, watch, apart=True)
            rows = load_rows(parts, learnt, plan.dtype, standardise, balanced, ranks)
        weights = train_run(Run(network, plan, rows, start), execution, watch)
    if watch and watch[0].best_weights is not None:
        weights = watch[0].best_weights
    model = Model(network, weights, learnt.classes, parts.source.names, learnt.scaling)
    return in_units(model, learnt.target_scaling if standardise else None)
