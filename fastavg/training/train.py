"""Training from arrays to a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.reduction import ROUNDED
from fastavg.data.checks import check_sample_weight
from fastavg.data.emphasis import Emphasis
from fastavg.data.rows import Rows
from fastavg.data.sparse_rows import SparseRows, as_features
from fastavg.data.split import split_rows
from fastavg.data.targets import Targets, encode_targets
from fastavg.errors import ConfigError, DataError
from fastavg.kernels.numerics.subnormals import subnormals_are_zero
from fastavg.losses import own_loss
from fastavg.machine.first_use import prepare_kernels
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.networks.sparse_workspace import workspace_of
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.solvers.layer_rates import LayerRates
from fastavg.solvers.levenberg_marquardt import LevenbergMarquardt
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.algorithms.contract import Algorithm
from fastavg.training.algorithms.local_sgd import LocalSGD
from fastavg.training.block_length import blocks_fit
from fastavg.training.checkpoints.contract import Store
from fastavg.training.controllers import Controller
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.controllers.plateau import schedule_controllers
from fastavg.training.controllers.validation import HeldOut, Validation
from fastavg.training.needed_kernels import needed_kernels
from fastavg.training.observers.events import Compiling, Validated, notify
from fastavg.training.run import Run
from fastavg.training.run_ahead import can_run_ahead, most_rounds
from fastavg.training.session import open_session
from fastavg.training.team.head_start import give_head_start

Weights = NDArray[np.floating]


def train(
    network: Network | Model,
    X: Any,
    y: Any,
    plan: Plan | None = None,
    *,
    sample_weight: Any = None,
    validation_data: tuple[Any, Any] | None = None,
    execution: Execution | None = None,
) -> Model:
    """Train a network on every core and every rank.

    Parameters
    ----------
    network : Network or Model
        What to train: a network starts from weights drawn by ``plan.init`` and
        ``plan.seed``, a model from its own weights.
    X : array-like, or sparse array or matrix (n_rows, n_features)
        Features, finite numbers.  Sparse rows stay sparse if at most a tenth of their
        entries is not zero.
    y : array-like (n_rows,) or (n_rows, n_outputs), or Targets
        Labels of any kind for ``softmax``, ``logistic`` and ``margin`` outputs, numbers for
        ``identity`` and ``exponential``; 0 and 1 for ``logistic`` and ``margin`` with
        independent labels.
    plan : Plan, optional
        How to train; :class:`Plan` () if not given.
    sample_weight : array-like (n_rows,), optional
        How much each row counts; all the same if not given.
    validation_data : tuple (X, y), optional
        Rows to score after every epoch.  Without them, and with ``plan.stopping.held_out``, a
        part of the rows is held out.  The model has the weights of the best epoch then,
        unless ``plan.stopping.restore_best`` is False; with ``plan.stopping.combine`` it may
        have a mean of the last epochs' centers.
    execution : Execution, optional
        Processes, ranks, checkpoints and observers; changes no bit of the result.

    Returns
    -------
    Model

    Raises
    ------
    DataError
        If X, y or sample_weight cannot be used; names row and column.
    ConfigError
        If network, plan and data do not fit each other.
    Diverged
        If a worker's weights are no longer finite; its ``weights`` are the last center.
    RankMismatch
        If the ranks were given different settings or data.
    WorkerLost
        If processes die on the same order three times.

    Examples
    --------
    >>> from fastavg import SGD
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    >>> plan = Plan(workers=2, epochs=100, solver=SGD())
    >>> model = train(Network((2, 2)), X, ["up", "down"] * 8, plan)
    >>> model.predict([[0, 1]]).tolist()
    ['up']
    """
    plan, execution = plan or Plan(), execution or Execution()
    start = network.weights.astype(plan.dtype) if isinstance(network, Model) else None
    network = network.network if isinstance(network, Model) else network
    give_head_start(plan, execution.processes, execution.communicator)
    rows, classes = prepare_rows(network, plan, X, y, sample_weight)
    held = None if validation_data is None else HeldOut(*validation_data)
    if held is None and plan.stopping.held_out:
        rows, held = _hold_out(rows, classes, plan)
    if held is None and plan.stopping.combine != "none":
        raise ConfigError(
            f"stopping.combine is {plan.stopping.combine} and no rows are held out to score the "
            "combination on; give validation rows, or stopping.validation_size"
        )
    if start is None and plan.pretraining:
        from fastavg.training.pretraining import pretrained

        start = pretrained(network, plan, rows, execution, train_run)
    elif start is None:
        start = network.initial_weights(plan.seed, plan.init, plan.numpy_dtype)
    run, controllers = Run(network, plan, rows, start), []
    if held is not None:
        model = Model(network, start, classes)
        controllers.append(EarlyStopping(
            plan.stopping, validate=Validation(model, held, plan.stopping.metric, plan.loss),
            report=lambda epoch: notify(execution.observers, Validated(
                epoch.number, epoch.loss, epoch.score, epoch.validation_loss
            )),
        ))
    trained = train_run(run, execution, controllers)
    if controllers and controllers[0].combined is not None:
        notify(execution.observers, controllers[0].combined)
    if controllers and controllers[0].best_weights is not None:
        trained = controllers[0].best_weights
    return Model(network, trained, classes)


def prepare_rows(
    network: Network, plan: Plan, X: Any, y: Any, sample_weight: Any = None,
    finite: bool = False,
) -> tuple[Rows, NDArray[Any] | None]:
    """Rows in the plan's dtype, and the classes that their targets count; checked.

    Parameters
    ----------
    network, plan, X, y, sample_weight
        As for :func:`train`.
    finite : bool, default False
        True if X is known to hold finite numbers.

    Raises
    ------
    DataError
        If X, y or sample_weight cannot be used; names row and column.
    """
    dtype = plan.numpy_dtype
    features = as_features(X, dtype, network.layer_sizes[0], finite)
    if isinstance(y, Targets):
        targets = Targets(np.require(y.Y, dtype, ["C", "W"]), y.classes)
    else:
        targets = encode_targets(y, network, dtype, len(features))
    weights = check_sample_weight(sample_weight, dtype, len(features))
    return Rows(features, targets.Y, weights), targets.classes


def _hold_out(
    rows: Rows, classes: NDArray[Any] | None, plan: Plan
) -> tuple[Rows, HeldOut]:
    labels: NDArray[Any] = rows.Y[:, 0] if rows.Y.shape[1] == 1 else rows.Y
    if classes is not None:
        labels = classes[rows.Y[:, 0].astype(np.intp)]
    size = plan.stopping.held_out
    kept, left = split_rows(labels, size, plan.seed, by_class=classes is not None)
    if len(left) < 2:
        raise DataError(
            f"validation_size {size} of {len(rows)} rows leaves {len(left)} to validate on; "
            "2 or more are needed"
        )
    return rows.take(kept), HeldOut(rows.X[left], labels[left])


def train_run(
    run: Run, execution: Execution, controllers: Sequence[Controller] = (),
    store: Store | None = None,
) -> Weights:
    """Train a run by its plan's algorithm; a copy of the last published weights.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        Processes, ranks, checkpoints and observers.
    controllers : sequence of Controller
        Beside those that the plan's schedule needs.
    store : Store, optional
        In place of the checkpoint file of ``execution``.

    Raises
    ------
    ConfigError
        If the parts of the run do not fit each other, or the algorithm.
    Diverged, RankMismatch, WorkerLost, DataError, FileDamaged
        As :func:`train`.
    """
    network, plan = run.network, run.plan
    loss = plan.loss or own_loss(network.output)
    loss.check_output(network.output)
    loss.check_targets(run.rows.Y)
    drops = plan.regularization.drops(len(network.shapes) - 1)
    if isinstance(run.rows.X, SparseRows) and drops[0]:
        raise ConfigError(
            f"input_dropout is {drops[0]:g} and X is sparse; dropout of hidden layers, or dense "
            "rows, would do"
        )
    _check_factors(run)
    _check_deformed(run)
    _check_emphasised(run)
    _check_streamed(run)
    if run.start is not None:
        network.views(run.start)
    chosen = plan.algorithm
    assert isinstance(chosen, Algorithm)
    chosen.check(plan)
    give_head_start(plan, execution.processes, execution.communicator)
    controllers = (*controllers, *schedule_controllers(plan))
    compile_kernels(run, execution, controllers)
    with open_session(run, execution, controllers, store) as session, subnormals_are_zero():
        chosen.train(session)
        weights: Weights = session.buffers.final_weights(session.rounds, session.published)
    return weights


def _check_factors(run: Run) -> None:
    # Line searches need the derivative of what stands in the vector, and others look at rows of
    # weights alone.
    plan, activation = run.plan, run.network.activation
    others = {
        f"solver is {type(plan.solver).__name__}": not isinstance(plan.solver, MiniBatch),
        f"algorithm is {type(plan.algorithm).__name__}": "split" in plan.algorithm.kernels,
        "products is bfloat16": plan.products == "bfloat16",
    }
    for what in (text for text, wrong in others.items() if wrong and run.network.parametric):
        raise ConfigError(
            f"activation is {activation} and {what}; trained factors go with optimizers such as "
            "SGD or Adam, whole layers, and float32 or float64 products"
        )


def _check_deformed(run: Run) -> None:
    augment, rows = run.plan.augment, run.rows
    if not augment.active:
        return
    if isinstance(rows.X, SparseRows) or rows.lookups is not None:
        what = "a table" if rows.lookups is not None else "sparse"
        raise ConfigError(f"augment deforms dense rows of images, and X is {what}; choose none")
    augment.check(run.network.layer_sizes[0])


def _check_emphasised(run: Run) -> None:
    if not isinstance(run.plan.sampling, Emphasis):
        return
    if isinstance(run.rows.X, SparseRows) or run.rows.lookups is not None:
        what = "a table" if run.rows.lookups is not None else "sparse"
        raise ConfigError(
            f"sampling is emphasis, which goes with dense rows, and X is {what}; choose shards"
        )


def _check_streamed(run: Run) -> None:
    if run.rows.stream is None:
        return
    solver, algorithm = run.plan.solver, run.plan.algorithm
    if type(algorithm) is not LocalSGD:
        raise ConfigError(
            f"rows stay on disk and algorithm is {type(algorithm).__name__}; local-sgd reads them "
            "in the order of its steps"
        )
    if not (isinstance(solver, MiniBatch) and solver.in_blocks):
        raise ConfigError(
            f"rows stay on disk and the solver is {type(solver).__name__}, which takes its rows "
            "again and again; optimizers such as SGD or Adam take them once an epoch"
        )
    if run.plan.augment.active:
        raise ConfigError("rows stay on disk and augment deforms rows in memory; choose none")


def compile_kernels(
    run: Run, execution: Execution | None = None, controllers: Sequence[Controller] = (),
    apart: bool = False,
) -> None:
    """Compile here, once, before any process starts; observers are told.

    Parameters
    ----------
    run : Run
        Says which kernels it needs.
    execution : Execution, optional
        Its observers are told if kernels are compiled that this machine has not compiled before.
    controllers : sequence of Controller
        Of the run.
    apart : bool, default False
        True compiles in a process of its own, for the sake of this one's memory.
    """
    plan, execution = run.plan, execution or Execution()
    ranks = getattr(execution.communicator, "size", 1)
    # All rounds at once need no average: its kernels take longest of all to compile.
    ahead = (
        isinstance(plan.algorithm, LocalSGD) and ranks == 1 and execution.checkpoint is None
        and can_run_ahead(run, execution, (*execution.observers, *controllers))
        and plan.rounds_of(run.sampler()) > 1 and most_rounds(run) > 1
    )
    fit = blocks_fit(run, execution, (*execution.observers, *controllers), ranks)
    steps, *others = needed_kernels(run, fit)
    parts = ["rounds"] if ahead else [steps, "prediction"]
    parts += others
    if plan.gain.rows and "search" not in parts:
        parts.append("search")
    if plan.reduction in ROUNDED:
        parts.append("few bits")
    observers = execution.observers
    prepare_kernels(plan.dtype, parts, lambda seconds: notify(
        observers, Compiling(plan.dtype, seconds)
    ), apart)
    # The loops that kernels call are compiled here too, so that processes find them.
    workspace_of(run.rows.X, run.network, 1, loss=plan.loss)
    plan.averaging.in_block(plan.dtype)
    if isinstance(plan.solver, (LayerRates, LevenbergMarquardt, MiniBatch)):
        plan.solver.code(plan.numpy_dtype)
