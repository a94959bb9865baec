"""``partial_fit``: one epoch a call, as if all calls were one run."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from operator import is_not
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import connect
from fastavg.data.rows import Rows
from fastavg.data.targets import Targets
from fastavg.errors import ConfigError
from fastavg.estimators.held_out import FitData
from fastavg.estimators.parameters import Parameters
from fastavg.estimators.prediction import Prediction
from fastavg.estimators.translation import dtype_of, goes_step_by_step, plan_of, seed_of
from fastavg.kernels.network.packing import all_finite
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.plan.placement import processes_of
from fastavg.plan.plan import Plan
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.observers.compiling_line import CompilingLine
from fastavg.training.run import Run
from fastavg.training.stream import Stream, can_stream
from fastavg.training.train import train_run

# Rows of a call beyond which opening a session costs nothing beside training.
FEW_ROWS = 1024


class Incremental(Prediction, Parameters, ABC):
    """What going on needs of an estimator.

    Attributes
    ----------
    weights_ : array (n_weights,)
        All weights and biases in one vector.
    loss_curve_ : list of float
        Mean training loss of each epoch, with the penalty.
    best_loss_ : float or None
        The lowest of them.
    t_ : int
        Rows that training has seen, each time counted anew.
    n_iter_ : int
        Epochs of the last call.
    """

    weights_: NDArray[np.floating]
    loss_curve_: list[float]
    best_loss_: float | None
    t_: int
    n_iter_: int
    _seed: int
    _store: InMemory
    _stream: OpenStream

    @abstractmethod
    def _encode_few(self, y: Any, Y: NDArray[np.floating]) -> bool:
        """Write plain targets to Y; False if they are of another kind."""

    @abstractmethod
    def _network(self, n_features: int, targets: Targets) -> Network:
        """The network for these targets."""

    @abstractmethod
    def _start(self, network: Network, plan: Plan, warm: bool) -> NDArray[np.floating] | None:
        """The first weights."""

    @abstractmethod
    def _current_weights(self, network: Network) -> NDArray[np.floating]:
        """``weights_``, unless somebody has changed ``coefs_`` or ``intercepts_`` since."""

    @abstractmethod
    def _run(
        self, network: Network, plan: Plan, rows: FitData, start: NDArray[np.floating] | None
    ) -> Run:
        """The run of these rows."""

    @abstractmethod
    def _penalty(self, network: Network, n_rows: int) -> Any:
        """What the L2 penalty adds to the loss, from the weights."""

    @abstractmethod
    def _keep(self, network: Network, weights: NDArray[np.floating]) -> None:
        """Be fitted with these weights."""

    @abstractmethod
    def _keep_curves(self, watch: EarlyStopping, held: bool) -> None:
        """Keep the curves."""


def in_steps(estimator: Incremental) -> bool:
    """True for solvers that go step by step; the others have no ``partial_fit``.

    Parameters
    ----------
    estimator : Incremental
        Its parameters name the solver.

    Returns
    -------
    bool
        True.
    bool
        True for optimizers over mini-batches.

    Raises
    ------
    AttributeError
        If the solver needs all rows at once.
    """
    if goes_step_by_step(estimator):
        return True
    raise AttributeError(
        f"partial_fit is for solvers that go step by step (sgd, adam); "
        f"{estimator.solver!r} needs all rows at once"
    )


def go_on(estimator: Incremental, rows: FitData) -> None:
    """Train one epoch over these rows, from where the last call ended.

    Parameters
    ----------
    estimator : Incremental
        Fitted or not; afterwards it is fitted with the new weights.
    rows : FitData
        The rows of this call.

    Raises
    ------
    ConfigError
        If rows would be held out.
    Diverged
        If the weights are no longer finite.
    """
    if estimator.early_stopping:
        raise ConfigError("partial_fit does not support early_stopping=True")
    known = estimator.__dict__
    known.pop("_stream", None)
    network = estimator._network(rows.X.shape[1], rows.targets)
    store: InMemory | None = known.get("_store")
    ranks = connect(estimator.communicator)
    try:
        if store is None:
            estimator._seed = seed_of(estimator.random_state, ranks)
        first = "weights_" not in known
        dtype = dtype_of(estimator.dtype, rows.X) if first else str(estimator.weights_.dtype)
        plan = plan_of(estimator, rows.X.shape[0], estimator._seed, dtype, endless=True)
        if plan.steered:
            raise ConfigError(
                "partial_fit trains an epoch a call; period must be fixed and bad_average report"
            )
        start = estimator._start(network, plan, "coefs_" in known)
        if store is not None and store.state is not None and _changed_by_hand(estimator):
            store.state.center[0] = estimator._current_weights(network)
        run = estimator._run(network, plan, rows, start)
        store = store or InMemory()
        store.count_by(plan.rounds_per_epoch)
        watch = EarlyStopping(
            plan.stopping, penalty=estimator._penalty(network, rows.X.shape[0]),
            report=lambda epoch: True,
        )
        lowest = known.get("best_loss_")
        watch.begin(
            run.first_weights(), [] if first else list(known.get("loss_curve_") or []), [],
            math.inf if first or lowest is None else lowest,
        )
        if store.state is not None:
            watch.skip(plan.epochs_after(store.state.rounds, plan.sampler(rows.X.shape[0])))
        processes = processes_of(estimator.processes, network, rows.X.shape[0], 1)
        execution = Execution(processes, ranks, observers=(CompilingLine(),))
        weights = train_run(run, execution, (watch,), store)
    finally:
        if ranks is not estimator.communicator:
            ranks.close()
    estimator._store = store
    estimator.t_ = (0 if first else known.get("t_", 0)) + rows.X.shape[0]
    estimator.n_iter_ = 1
    estimator._keep(network, weights)
    estimator._keep_curves(watch, False)


@dataclass(frozen=True, eq=False)
class OpenStream:
    """A stream, and what it was opened for.

    Parameters
    ----------
    stream : Stream
        The session.
    watch : EarlyStopping
        Its curves.
    settings : tuple
        The estimator's parameters.
    """

    stream: Stream
    watch: EarlyStopping
    settings: tuple[Any, ...]


def step_on(estimator: Incremental, X: Any, y: Any, sample_weight: Any) -> bool:
    """Train one epoch over a few plain rows in a session that stays open.

    A web service learns from one row at a time; checks of everything that rows may be, and
    opening a session, would take many times as long as the step.

    Parameters
    ----------
    estimator : Incremental
        Fitted; afterwards it is fitted with the new weights.
    X : array-like (n_rows, n_features)
        At most 1024 rows of finite float32 or float64 numbers, as a NumPy array, are taken.
    y : array-like (n_rows,) or (n_rows, n_outputs)
        Their targets.
    sample_weight : array-like (n_rows,) or None
        None is taken.

    Returns
    -------
    bool
        False if that is not possible; nothing was done then.

    Raises
    ------
    Diverged
        If the weights are no longer finite.
    """
    known = estimator.__dict__
    store: InMemory | None = known.get("_store")
    if store is None or sample_weight is not None or not _is_plain(estimator, X):
        return False
    # Popped, not read: of two threads at the same time only one finds it.
    opened: OpenStream | None = known.pop("_stream", None)
    settings = tuple(map(known.get, _parameter_names(type(estimator))))
    if opened is not None and (
        len(opened.stream.run.rows) != len(X)
        or any(map(is_not, opened.settings, settings))
    ):
        opened = None
    Y = np.empty((len(X), _targets(estimator)), estimator.weights_.dtype)
    if _changed_by_hand(estimator) or not estimator._encode_few(y, Y):
        return False
    opened = opened or _open(estimator, len(X), store, settings)
    if opened is None:
        return False
    rows = opened.stream.run.rows
    assert isinstance(rows.X, np.ndarray)
    with np.errstate(over="ignore"):
        rows.X[:] = X
    if not all_finite(rows.X.reshape(-1)):
        return False
    rows.Y[:] = Y
    weights = opened.stream.epoch()
    estimator.t_ += len(X)
    estimator.n_iter_ = 1
    estimator._keep(opened.stream.run.network, weights)
    estimator._keep_curves(opened.watch, False)
    estimator._stream = opened
    return True


def _is_plain(estimator: Incremental, X: Any) -> bool:
    return len(X) <= FEW_ROWS and estimator._is_plain(X) if type(X) is np.ndarray else False


def _changed_by_hand(estimator: Incremental) -> bool:
    network = estimator.model_.network
    return estimator._current_weights(network) is not estimator.weights_


def _targets(estimator: Incremental) -> int:
    model = estimator.model_
    return 1 if model.classes is not None else model.network.layer_sizes[-1]


def _open(
    estimator: Incremental, n_rows: int, store: InMemory, settings: tuple[Any, ...]
) -> OpenStream | None:
    network, dtype = estimator.model_.network, str(estimator.weights_.dtype)
    if (
        estimator.early_stopping or estimator.communicator is not None
        or estimator.class_weight is not None or estimator.preset is not None
        or processes_of(estimator.processes, network, n_rows, 1) != 1
    ):
        return None
    plan = plan_of(estimator, n_rows, estimator._seed, dtype, endless=True)
    if plan.workers > n_rows or not can_stream(plan):
        return None
    store.count_by(plan.rounds_per_epoch)
    rows = Rows(
        np.zeros((n_rows, network.layer_sizes[0]), dtype),
        np.zeros((n_rows, _targets(estimator)), dtype), np.zeros(0, dtype),
    )
    watch = EarlyStopping(
        plan.stopping, penalty=estimator._penalty(network, n_rows), report=lambda epoch: True
    )
    lowest = estimator.best_loss_
    watch.begin(
        estimator.weights_, list(estimator.loss_curve_), [],
        math.inf if lowest is None else lowest,
    )
    if store.state is not None:
        watch.skip(plan.epochs_after(store.state.rounds, plan.sampler(n_rows)))
    stream = Stream(Run(network, plan, rows, estimator.weights_), (watch,), store)
    return OpenStream(stream, watch, settings)


@cache
def _parameter_names(kind: type[Incremental]) -> tuple[str, ...]:
    return tuple(kind._get_param_names())
