"""The regressor for scikit-learn."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from fastavg.data.targets import Targets
from fastavg.estimators.base import MLPBase
from fastavg.estimators.parts import hidden_of, loss_of, output_of
from fastavg.estimators.preset import preset_of
from fastavg.losses import Loss
from fastavg.networks.custom import CustomActivation
from fastavg.networks.network import Network
from fastavg.solvers import Schedule, Solver


class MLPRegressor(RegressorMixin, MLPBase):  # type: ignore[misc]
    """Neural network regressor, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; those that are ours
    are described in :class:`MLPClassifier` and :class:`fastavg.Plan`.

    Parameters
    ----------
    loss : str or Loss
        ``squared_error``, ``absolute_error``, ``huber``, ``quantile``, ``log_cosh``,
        ``poisson``, ``gamma``, or one of :mod:`fastavg.losses`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastavg import MLPRegressor
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> model = MLPRegressor(hidden_layer_sizes=(32,), workers=2, learning_rate_init=0.01,
    ...     random_state=0, batch_size=32)
    >>> model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.9
    True
    """

    # The loss comes first, as in scikit-learn.
    def __init__(
        self,
        loss: str | Loss = "squared_error",
        hidden_layer_sizes: int | Sequence[int] = (100,),
        activation: str | CustomActivation | Sequence[str | CustomActivation] = "relu",
        *,
        solver: str | Solver = "adam",
        alpha: float = 1e-4,
        batch_size: int | str = "auto",
        learning_rate: str | Schedule = "constant",
        learning_rate_init: float = 1e-3,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: bool = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: float = 10,
        max_fun: int = 15000,
        label_smoothing: float = 0.0,
        warmup: float = 0.0,
        dropout: float | Sequence[float] = 0.0,
        input_dropout: float = 0.0,
        l1: float = 0.0,
        max_norm: float | None = None,
        clip_norm: float | None = None,
        clip_value: float | None = None,
        class_weight: Any = None,
        scoring: Any = None,
        restore_best: bool | str = "auto",
        max_seconds: float | None = None,
        callbacks: Sequence[Callable[..., Any]] = (),
        workers: int = 1,
        processes: int | None = None,
        average_every: float = 1.0,
        averaging: Any = "mean",
        sampling: str = "shards",
        dtype: str = "auto",
        products: str = "float32",
        communicator: Any = None,
        reduction: str = "exact",
        preset: str | None = None,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes, activation=activation, solver=solver,
            alpha=alpha, batch_size=batch_size, learning_rate=learning_rate,
            learning_rate_init=learning_rate_init, power_t=power_t, max_iter=max_iter, loss=loss,
            shuffle=shuffle, random_state=random_state, tol=tol, verbose=verbose,
            warm_start=warm_start, momentum=momentum, nesterovs_momentum=nesterovs_momentum,
            early_stopping=early_stopping, validation_fraction=validation_fraction, beta_1=beta_1,
            beta_2=beta_2, epsilon=epsilon, n_iter_no_change=n_iter_no_change, max_fun=max_fun,
            label_smoothing=label_smoothing, warmup=warmup, dropout=dropout,
            input_dropout=input_dropout, l1=l1, max_norm=max_norm, clip_norm=clip_norm,
            clip_value=clip_value, class_weight=class_weight, scoring=scoring,
            restore_best=restore_best, max_seconds=max_seconds, callbacks=callbacks,
            workers=workers, processes=processes, average_every=average_every,
            averaging=averaging, sampling=sampling, dtype=dtype, products=products,
            communicator=communicator, reduction=reduction, preset=preset,
        )

    def predict(self, X: Any) -> NDArray[np.floating]:
        """The number of each row, or the numbers."""
        return self._apply("predict", X)

    def _targets(self, y: Any, learn: bool) -> Targets:
        numbers = np.asarray(y, np.float64)
        if numbers.ndim == 2 and numbers.shape[1] == 1:
            numbers = column_or_1d(numbers, warn=True)
        return Targets(numbers.reshape(len(numbers), -1), None)

    def _encode_few(self, y: Any, Y: NDArray[np.floating]) -> bool:
        numbers = np.asarray(y)
        shapes = ((len(Y),),) if Y.shape[1] == 1 else (Y.shape,)
        if numbers.dtype.kind not in "fiu" or numbers.shape not in shapes:
            return False
        Y[:] = numbers.reshape(Y.shape)
        return bool(np.isfinite(Y).all())

    def _network(self, n_features: int, targets: Targets) -> Network:
        outputs = targets.Y.shape[1]
        made = preset_of(self)
        if made is not None:
            return replace(made, output="identity").network(n_features, outputs)
        output = output_of(self._loss, "identity", "exponential")
        return Network((n_features, *hidden_of(self), outputs), self._activation, output)

    @property
    def _loss(self) -> Loss | None:
        return loss_of(self, "squared_error")

    def _plain_score(self, X: Any, y: Any, weights: Any) -> float:
        return float(r2_score(y, self.predict(X), sample_weight=weights))
