"""The regressor for scikit-learn."""

from __future__ import annotations

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
from fastavg.network import Network


class MLPRegressor(RegressorMixin, MLPBase):  # type: ignore[misc]
    """Neural network regressor, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; those that are ours
    are described in :class:`MLPClassifier` and :class:`fastavg.Plan`.

    Parameters
    ----------
    loss : str or Loss
        ``squared_error`` ('auto'), ``absolute_error``, ``huber``, ``quantile``, ``log_cosh``,
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

    def predict(self, X: Any) -> NDArray[np.floating]:
        """The number of each row, or the numbers."""
        return self._apply("predict", X)

    def _targets(self, y: Any, learn: bool) -> Targets:
        numbers = np.asarray(y, np.float64)
        if numbers.ndim == 2 and numbers.shape[1] == 1:
            numbers = column_or_1d(numbers, warn=True)
        return Targets(numbers.reshape(len(numbers), -1), None)

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
