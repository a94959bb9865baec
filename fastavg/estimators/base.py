"""What classifier and regressor share: parameters, the plan they make, fitted attributes."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, validate_data

from fastavg.averaging import rule
from fastavg.communicators import Communicator, connect
from fastavg.errors import ConfigError
from fastavg.estimators.preset import preset_of
from fastavg.estimators.stopping import EpochLosses
from fastavg.model import Model
from fastavg.network import Network
from fastavg.solvers import SGD, Adam, BacktrackingSGD, ConjugateGradient, Schedule, Solver
from fastavg.training.history import History
from fastavg.training.plan import Plan
from fastavg.training.train import train


class MLPBase(ABC, BaseEstimator):  # type: ignore[misc]
    """Common part of :class:`MLPClassifier` and :class:`MLPRegressor`."""

    def __init__(
        self,
        hidden_layer_sizes: int | tuple[int, ...] = (100,),
        activation: str = "relu",
        *,
        solver: str | Solver = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate: str = "constant",
        learning_rate_init: float = 1e-3,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        n_iter_no_change: int = 10,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        workers: int = 1,
        processes: int | None = None,
        average_every: float = 1.0,
        averaging: Any = "mean",
        sampling: str = "shards",
        dtype: str = "float32",
        communicator: Any = None,
        preset: str | None = None,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.n_iter_no_change = n_iter_no_change
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.workers = workers
        self.processes = processes
        self.average_every = average_every
        self.averaging = averaging
        self.sampling = sampling
        self.dtype = dtype
        self.communicator = communicator
        self.preset = preset

    @abstractmethod
    def _network(self, n_features: int, y: NDArray[Any]) -> Network:
        """The network for these targets."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPBase:
        """Train on rows and targets.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
        y : array-like (n_rows,) or (n_rows, n_outputs)
        sample_weight : array-like (n_rows,), optional
            How much each row counts.

        Raises
        ------
        DataError, ConfigError
            If the data or a parameter cannot be used.
        """
        X, y = validate_data(
            self, X, y, dtype=[np.float32, np.float64], multi_output=True, y_numeric=False
        )
        network = self._network(X.shape[1], y)
        # A preset says for itself how long training lasts.
        tol = self.tol if self.preset is None else -math.inf
        history, losses = History(), EpochLosses(tol, self.n_iter_no_change)
        ranks = connect(self.communicator)
        model = train(
            network, X, y, self._plan(len(X), ranks), sample_weight=sample_weight,
            processes=self.processes, communicator=ranks, observers=(history, losses),
        )
        if ranks is not self.communicator:
            ranks.close()
        self._keep(model, history, losses)
        return self

    def save(self, path: str | Path) -> None:
        """Write the fitted model to a ``.safetensors`` file; :func:`fastavg.load` reads it."""
        check_is_fitted(self)
        self.model_.save(path)

    def _plan(self, n_rows: int, ranks: Communicator) -> Plan:
        random = self.random_state
        if not isinstance(random, (int, np.integer)):
            # Ranks draw different seeds: the first one's counts.
            drawn = np.array([check_random_state(random).randint(2**31 - 1)], np.int64)
            ranks.broadcast(drawn)
            random = drawn[0]
        made = preset_of(self)
        if made is not None:
            return replace(made.plan, seed=int(random))
        # At most 200 rows a step, as in scikit-learn; a line search takes them all.
        most = 0 if self.solver == "cg" else min(200, n_rows)
        batch = most if self.batch_size == "auto" else int(self.batch_size)
        return Plan(
            workers=self.workers, epochs=self.max_iter, average_every=self.average_every,
            batch_size=batch, solver=self._solver(), averaging=rule(self.averaging),
            sampling=self.sampling, shuffle=self.shuffle, l2=self.alpha, seed=int(random),
            dtype=self.dtype,
        )

    def _solver(self) -> Solver:
        if not isinstance(self.solver, str):
            return self.solver
        if self.solver == "cg":
            return ConjugateGradient()
        if (self.solver, self.learning_rate) == ("sgd", "line-search"):
            return BacktrackingSGD()
        schedule = Schedule(self.learning_rate, self.power_t)
        if self.solver == "adam":
            return Adam(
                self.learning_rate_init, schedule, self.beta_1, self.beta_2, self.epsilon
            )
        if self.solver == "sgd":
            return SGD(
                self.learning_rate_init, schedule, self.momentum, self.nesterovs_momentum
            )
        raise ConfigError(f"solver {self.solver!r} is unknown; choose adam, sgd or cg")

    def _hidden(self) -> tuple[int, ...]:
        sizes = np.atleast_1d(np.asarray(self.hidden_layer_sizes, np.int64))
        return tuple(int(size) for size in sizes)

    def _keep(self, model: Model, history: History, losses: EpochLosses) -> None:
        network = model.network
        self.model_ = model
        self.weights_ = model.weights
        layers = network.views(model.weights)
        self.coefs_ = [weights.copy() for weights, _ in layers]
        self.intercepts_ = [biases.copy() for _, biases in layers]
        self.history_ = history.records
        self.loss_curve_ = losses.curve
        self.loss_ = losses.curve[-1]
        self.best_loss_ = min(losses.curve)
        self.n_iter_ = math.ceil(history.records[-1].epoch - 1e-9)
        self.n_layers_ = len(network.layer_sizes)
        self.n_outputs_ = network.layer_sizes[-1]
        self.out_activation_ = network.output

    def _apply(self, method: str, X: Any) -> NDArray[Any]:
        check_is_fitted(self)
        rows = validate_data(self, X, dtype=[np.float32, np.float64], reset=False)
        result: NDArray[Any] = getattr(self.model_, method)(rows)
        return result
