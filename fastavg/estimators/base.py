"""What both estimators do: check, hold out, train, and keep what training left."""

from __future__ import annotations

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn import get_config
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from fastavg.communicators import Communicator, connect
from fastavg.data.sparse_rows import is_sparse, is_thin
from fastavg.data.targets import Targets
from fastavg.errors import ConfigError, Diverged
from fastavg.estimators.callbacks.adapter import Callbacks, CallbackSupport, with_callbacks
from fastavg.estimators.committee_fit import WithMembers, check_single, fit_members
from fastavg.estimators.held_out import FitData, hold_out, validation
from fastavg.estimators.parameters import check_parameters
from fastavg.estimators.partial_fit import go_on, in_steps, step_on
from fastavg.estimators.translation import dtype_of, plan_of, seed_of
from fastavg.estimators.user_warnings import warn_if_unfinished, warn_user
from fastavg.kernels.jit.plain_path import plain_search_path
from fastavg.losses import Loss
from fastavg.models.model import Model
from fastavg.networks.network import Network
from fastavg.options import is_whole
from fastavg.plan.execution import Execution
from fastavg.plan.placement import processes_of
from fastavg.plan.plan import Plan
from fastavg.training.controllers.early_stopping import EarlyStopping, Validate
from fastavg.training.controllers.penalty import L2Penalty
from fastavg.training.observers.compiling_line import CompilingLine
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import History
from fastavg.training.run import Run, drawn_start
from fastavg.training.team.head_start import give_head_start
from fastavg.training.train import prepare_rows, train_run

# scikit-learn's words for it.
NOT_FINITE = (
    "Solver produced non-finite parameter weights. The input data may contain large values and "
    "need to be preprocessed."
)


class MLPBase(CallbackSupport, WithMembers, ABC):  # type: ignore[misc]
    """Common part of :class:`MLPClassifier` and :class:`MLPRegressor`.

    Attributes
    ----------
    loss_ : float
        Mean training loss of the last epoch, with the penalty.
    validation_scores_ : list of float or None
        Score of the held-out rows after each epoch, with ``early_stopping``.
    validation_loss_curve_ : list of float or None
        Mean loss of the held-out rows after each epoch, with ``early_stopping``.
    best_validation_score_ : float or None
        The highest of the scores, with ``early_stopping``.
    estimators_ : list of MLPBase
        The members, with ``n_members``.
    """

    loss_: float
    validation_scores_: list[float] | None
    validation_loss_curve_: list[float] | None
    best_validation_score_: float | None
    _classes_of_model: NDArray[Any] | None
    _feature_dtype: np.dtype[Any]

    @abstractmethod
    def _targets(self, y: NDArray[Any], learn: bool) -> Targets:
        """What the network is trained on; ``learn`` finds out the classes anew."""

    @abstractmethod
    def _plain_score(self, X: Any, y: Any, weights: Any) -> float:
        """Accuracy, or R squared."""

    @with_callbacks  # type: ignore[untyped-decorator]
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, validation_rows: Any = None
    ) -> MLPBase:
        """Train on rows and targets.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers; float32 is trained in float32 unless ``dtype`` says otherwise.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            Labels, or numbers to be predicted.
        sample_weight : array-like (n_rows,), optional
            How much each row counts; at least 0, all the same if not given.
        validation_rows : array-like (n_rows,) of bool, optional
            With ``early_stopping``, the rows to hold out; a random part if not given.

        Returns
        -------
        MLPBase
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If the data or a parameter cannot be used.
        Diverged
            If the weights are no longer finite.
        """
        check_parameters(self)
        if self.warm_start:
            check_single(self, "warm_start")
        warm = self.warm_start and hasattr(self, "weights_")
        rows = self._rows(X, y, sample_weight, reset=not warm)
        if validation_rows is not None:
            check_single(self, "validation_rows")
            rows = rows.holding_out(validation_rows, self.early_stopping)
        ranks = connect(self.communicator)
        try:
            with Callbacks(self, self.callbacks, self.max_iter, rows.X, rows.y) as callbacks:
                if self.n_members > 1:
                    fit_members(self, rows, ranks, callbacks)
                else:
                    self._fit(rows, warm, ranks, callbacks)
                    self.__dict__.pop("estimators_", None)
        finally:
            if ranks is not self.communicator:
                ranks.close()
        self._forget_stream()
        return self

    @available_if(in_steps)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPBase:
        """Go on for one epoch over these rows.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with as many columns as in the first call.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            Labels, or numbers to be predicted.
        sample_weight : array-like (n_rows,), optional
            How much each row counts; at least 0, all the same if not given.

        Returns
        -------
        MLPBase
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If the data or a parameter cannot be used.
        Diverged
            If the weights are no longer finite.
        """
        check_single(self, "partial_fit")
        if not step_on(self, X, y, sample_weight):
            go_on(self, self._rows(X, y, sample_weight, not hasattr(self, "weights_")))
        return self

    def save(self, path: str | Path) -> None:
        """Write the fitted model to a ``.safetensors`` file; :func:`fastavg.load` reads it.

        Parameters
        ----------
        path : str or path
            The file; an old one of that name is replaced in one step.

        Raises
        ------
        NotFittedError
            If the estimator is not fitted.
        OSError
            If the file cannot be written.
        """
        check_is_fitted(self)
        self.model_.save(path)

    def _rows(
        self, X: Any, y: Any, sample_weight: Any, reset: bool, learn: bool | None = None
    ) -> FitData:
        check_parameters(self)
        # The first time scikit-learn asks what is installed, to know tables by their kind.
        with plain_search_path():
            X, y = validate_data(
                self, X, y, dtype=[np.float64, np.float32], accept_sparse=["csr", "csc", "coo"],
                multi_output=True, y_numeric=False, reset=reset, ensure_all_finite=True,
            )
        if is_sparse(X):
            X = X.tocsr() if is_thin(X) else X.toarray()
        if reset:
            self._feature_dtype = X.dtype
        elif learn is None:
            self._check_warm(y)
        targets = self._targets(y, reset if learn is None else learn)
        weights = self._row_weights(X, y, sample_weight)
        return FitData(X, targets, y, weights)

    def _check_warm(self, y: NDArray[Any]) -> None:
        """Refuse targets that a warm start cannot go on with."""

    def _row_weights(self, X: Any, y: Any, sample_weight: Any) -> NDArray[np.floating] | None:
        if sample_weight is None:
            return None
        weights: NDArray[np.floating] = _check_sample_weight(
            sample_weight, X, dtype=np.float64, ensure_non_negative=True
        )
        return weights

    def _fit(
        self, rows: FitData, warm: bool, ranks: Communicator, callbacks: Callbacks,
        observers: Sequence[Observer] = (),
    ) -> None:
        network = self._network(rows.X.shape[1], rows.targets)
        seed = seed_of(self.random_state, ranks)
        held = None
        # As in scikit-learn, lbfgs takes all rows.
        if self.early_stopping and self.solver != "lbfgs":
            rows, held = hold_out(
                rows, self.validation_fraction, check_random_state(seed), self._stratifies
            )
        n_rows = rows.X.shape[0]
        if is_whole(self.workers, n_rows + 1):
            raise ConfigError(
                f"{self.workers} workers cannot share {n_rows} training rows (n_samples={n_rows}); "
                "fewer workers can"
            )
        plan = plan_of(self, n_rows, seed, dtype_of(self.dtype, rows.X))
        give_head_start(plan, processes_of(self.processes, network, n_rows, plan.epochs), ranks)
        run = self._run(network, plan, rows, self._start(network, plan, warm))
        validate = None if held is None else validation(
            held, self.scoring, lambda weights: Model(network, weights, rows.targets.classes),
            self._with(network, named=False), type(self)._plain_score, self._loss,
        )
        self._train(run, validate, warm, ranks, callbacks, observers)

    def _train(
        self, run: Run, validate: Validate | None, warm: bool, ranks: Communicator,
        callbacks: Callbacks, observers: Sequence[Observer] = (),
    ) -> None:
        network, held, n_rows = run.network, validate is not None, run.n_rows
        watch, history = self._watch(run, validate, callbacks), History()
        # What an earlier fit has left, ours or scikit-learn's, with whatever solver.
        past = self.__dict__ if warm else {}
        best = past.get("best_validation_score_" if held else "best_loss_")
        worst = -math.inf if held else math.inf
        watch.begin(
            run.first_weights(), list(past.get("loss_curve_") or []),
            list(past.get("validation_scores_") or []), worst if best is None else best,
        )
        execution = Execution(
            processes_of(self.processes, network, n_rows, run.plan.epochs), ranks,
            self.checkpoint, self.checkpoint_every, self.resume, self.checkpoint_by,
            observers=(history, CompilingLine(), *observers),
        )
        try:
            weights = train_run(run, execution, (watch,))
        except Diverged as error:
            weights = self._weights_before(error, watch)
        if watch.best_weights is not None:
            weights = watch.best_weights
        self.n_iter_ = watch.epochs
        self.t_ = past.get("t_", 0) + self.n_iter_ * n_rows
        self._keep(network, weights)
        self._keep_curves(watch, held)
        self.history_ = history.records
        warn_if_unfinished(self, watch)

    def _weights_before(
        self, error: Diverged, watch: EarlyStopping
    ) -> NDArray[np.floating]:
        """The best weights of a fit that diverged; its last score is NaN then.

        Raises
        ------
        Diverged
            If there are none.
        """
        if watch.best_weights is None:
            error.args = (f"{NOT_FINITE} ({error})",)
            raise error
        for curve in (watch.losses, watch.scores, watch.validation_losses):
            curve.append(math.nan)
        watch.epochs += 1
        warn_user(f"{error}; these are the weights of the best epoch before", ConvergenceWarning)
        return watch.best_weights

    def _run(
        self, network: Network, plan: Plan, rows: FitData, start: NDArray[np.floating] | None
    ) -> Run:
        # scikit-learn has looked already, unless it was told not to.
        finite = not get_config()["assume_finite"]
        made, _ = prepare_rows(network, plan, rows.X, rows.targets, rows.weights, finite)
        return Run(network, plan, made, start)

    @property
    @abstractmethod
    def _loss(self) -> Loss | None:
        """What training makes small; None is the output's own."""

    @property
    def _stratifies(self) -> bool:
        return False

    def _start(self, network: Network, plan: Plan, warm: bool) -> NDArray[np.floating] | None:
        current = self._current_weights(network).astype(plan.dtype) if warm else None
        return drawn_start(network, plan) if current is None else current

    def _current_weights(self, network: Network) -> NDArray[np.floating]:
        """``weights_``, unless somebody has changed ``coefs_`` or ``intercepts_`` since."""
        kept: NDArray[np.floating] | None = getattr(self, "weights_", None)
        given: list[Any] = list(zip(self.coefs_, self.intercepts_, strict=True))
        if kept is not None and kept.size == network.n_weights:
            own = network.parts(kept)
            if all(
                a.shape == np.shape(b) and np.array_equal(a, np.asarray(b, a.dtype))
                for layer, pair in zip(own, given, strict=False)
                for a, b in zip(layer, pair, strict=False)
            ):
                return kept
            # Nobody sees the factors of units, so they are as they were.
            given = [(*pair, layer[-1]) for pair, layer in zip(given, own, strict=False)]
        changed: NDArray[np.floating] = np.concatenate([
            np.ravel(part) for layer in given for part in layer
        ])
        network.views(changed)
        return changed

    def _penalty(self, network: Network, n_rows: int) -> L2Penalty:
        rows = 200 if isinstance(self.batch_size, str) else self.batch_size
        if self.solver == "lbfgs":
            rows = n_rows
        return L2Penalty(network, 0.5 * self.alpha / max(1, min(rows, n_rows)))

    def _watch(
        self, run: Run, validate: Validate | None, callbacks: Callbacks
    ) -> EarlyStopping:
        adaptive = self.solver == "sgd" and self.learning_rate == "adaptive"
        return EarlyStopping(
            run.plan.stopping, penalty=self._penalty(run.network, run.n_rows), validate=validate,
            adaptive_from=self.learning_rate_init if adaptive else 0.0,
            report=callbacks.reporter(self._with(run.network)),
        )

    def _with(self, network: Network, named: bool = True) -> Any:
        def estimator(weights: NDArray[np.floating]) -> MLPBase:
            made = copy.copy(self)
            if not named:
                # Rows that were held out have lost their names; that is no news to anybody.
                made.__dict__.pop("feature_names_in_", None)
            made._keep(network, weights.copy())
            return made

        return estimator

    def _keep(self, network: Network, weights: NDArray[np.floating]) -> None:
        names = getattr(self, "feature_names_in_", None)
        self.model_ = Model(
            network, weights, getattr(self, "_classes_of_model", None),
            None if names is None else tuple(names.tolist()),
        )
        self.weights_ = weights
        layers = network.views(weights)
        # In the dtype that X had, as scikit-learn trains in it.
        dtype = getattr(self, "_feature_dtype", weights.dtype)
        self.coefs_ = [matrix.astype(dtype) for matrix, _ in layers]
        self.intercepts_ = [biases.astype(dtype) for _, biases in layers]
        self.n_layers_ = len(network.layer_sizes)
        self.n_outputs_ = network.layer_sizes[-1]
        self.out_activation_ = network.output

    def _keep_curves(self, watch: EarlyStopping, held: bool) -> None:
        self.loss_curve_, self.loss_ = watch.losses, watch.losses[-1]
        self.best_loss_ = None if held else watch.lowest_loss
        self.validation_scores_ = watch.scores if held else None
        self.validation_loss_curve_ = watch.validation_losses if held else None
        self.best_validation_score_ = watch.best if held else None

    def _forget_stream(self) -> None:
        """End what :meth:`partial_fit` would go on from."""
        for name in ("_store", "_stream"):
            self.__dict__.pop(name, None)

    def __getstate__(self) -> Any:
        state = dict(super().__getstate__())
        # An open session belongs to this object in this process.
        state.pop("_stream", None)
        return state

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
