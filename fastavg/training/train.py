"""Training from arrays to a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator, connect
from fastavg.data.checks import check_features, check_sample_weight
from fastavg.data.rows import TaskData
from fastavg.data.targets import Targets, encode_targets
from fastavg.losses import own_loss
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.networks.workspace import Workspace
from fastavg.plan.placement import processes_here
from fastavg.plan.plan import Plan
from fastavg.solvers.minibatch import MiniBatch
from fastavg.training.algorithms.local_sgd import train_rounds
from fastavg.training.checkpoints.in_memory import Onward
from fastavg.training.checkpoints.manager import Checkpoints
from fastavg.training.observers.events import Compiling, Observer


def train(
    network: Network,
    X: Any,
    y: Any,
    plan: Plan | None = None,
    *,
    sample_weight: Any = None,
    processes: int | None = None,
    communicator: str | Communicator | None = None,
    observers: Sequence[Observer] = (),
    start: NDArray[np.floating] | None = None,
    checkpoints: Checkpoints | Onward | None = None,
) -> Model:
    """Train a network by model averaging.

    Parameters
    ----------
    network : Network
    X : array-like (n_rows, n_features)
    y : array-like (n_rows,) or (n_rows, n_outputs), or Targets
        Labels of any kind for ``softmax``, ``logistic`` and ``margin`` outputs, numbers for
        ``identity`` and ``exponential``; 0 and 1 for ``logistic`` and ``margin`` with
        independent labels.
    plan : Plan
        How to train; :class:`Plan` () if not given.
    sample_weight : array-like (n_rows,)
        How much each row counts.
    processes : int
        Operating-system processes of this rank; the smaller of its workers and its part of
        the usable CPUs if not given.  Never changes the result.
    communicator : str or Communicator
        Between ranks: ``mpi`` in a script that mpiexec or srun starts, or ``auto``; none on
        a single host.  Every rank calls with the same arguments and gets the same model.
    observers : sequence of Observer
        Hear of every event; see :mod:`fastavg.training.observers.events`.
    start : array (n_weights,)
        First weights; drawn by ``plan.init`` and ``plan.seed`` if not given.
    checkpoints : Checkpoints or Onward
        Where to write the state of complete rounds, and what to go on from.

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
        If processes die on the same task three times.

    Examples
    --------
    >>> from fastavg import SGD
    >>> X = np.array([[0.0, 1.0], [1.0, 0.0]] * 8)
    >>> plan = Plan(workers=2, epochs=100, solver=SGD())
    >>> model = train(Network((2, 2)), X, ["up", "down"] * 8, plan)
    >>> model.predict([[0, 1]]).tolist()
    ['up']
    """
    plan = plan or Plan()
    dtype = plan.numpy_dtype
    rows = check_features(X, dtype, network.layer_sizes[0])
    if isinstance(y, Targets):
        targets = Targets(np.require(y.Y, dtype, ["C", "W"]), y.classes)
    else:
        targets = encode_targets(y, network, dtype, len(rows))
    weights = check_sample_weight(sample_weight, dtype, len(rows))
    plan.sampler(len(rows), targets.Y)
    loss = plan.loss or own_loss(network.output)
    loss.check_output(network.output)
    loss.check_targets(targets.Y)
    plan.regularization.drops(len(network.shapes) - 1)
    if start is None:
        start = network.initial_weights(plan.seed, plan.init, dtype)
    network.views(np.asarray(start))
    ranks = connect(communicator)
    compile_kernels(plan, ranks.size, observers)
    compile_stages(network, plan)
    trained = train_rounds(
        network, plan, TaskData(rows, targets.Y, weights), start,
        processes_here(processes, plan.workers, ranks), ranks, observers, checkpoints,
    )
    if ranks is not communicator:
        ranks.close()
    return Model(network, trained, targets.classes)


def compile_kernels(plan: Plan, ranks: int, observers: Sequence[Observer]) -> None:
    """Compile here, once, before any process starts; observers are told."""
    from fastavg.kernels.warm_up import is_compiled, warm_up

    parts = ["training"]
    if not isinstance(plan.solver, MiniBatch):
        parts.append("search")
    if plan.regularization.active:
        parts.append("regular")
    if ranks > 1:
        parts.append("ranks")
    missing = [part for part in parts if not is_compiled(plan.dtype, part)]
    if missing:
        for observer in observers:
            observer.notice(Compiling(plan.dtype))
    for part in missing:
        warm_up(plan.dtype, part)


def compile_stages(network: Network, plan: Plan) -> None:
    """Compile the loops that kernels call here too, so that processes find them."""
    Workspace(network, 1, plan.numpy_dtype, 0, plan.loss)
    if isinstance(plan.solver, MiniBatch):
        plan.solver.code(plan.numpy_dtype)
