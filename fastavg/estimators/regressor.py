"""The regressor for scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import column_or_1d

from fastavg.communicators import Communicator
from fastavg.data.targets import Targets
from fastavg.estimators.base import MLPBase
from fastavg.estimators.callbacks.adapter import Callbacks
from fastavg.estimators.held_out import FitData
from fastavg.estimators.parameters import constructor, documented
from fastavg.estimators.translation import loss_of, network_of
from fastavg.estimators.user_warnings import warn_user
from fastavg.losses import Loss
from fastavg.networks.network import Network
from fastavg.training.observers.events import Observer

# Where a network that begins at 0 with weights around 1 takes long to come to: means of so many
# spreads, and spreads beyond these.
FAR, NARROW, WIDE = 100.0, 1e-3, 1e3


@documented
class MLPRegressor(RegressorMixin, MLPBase):  # type: ignore[misc]
    """Neural network regressor, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; the others are those of
    :class:`fastavg.Plan` and its components.

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
    __init__ = constructor(
        "loss", "hidden_layer_sizes", "activation", loss="squared_error"
    )

    def predict(self, X: Any) -> NDArray[np.floating]:
        """The number of each row, or the numbers.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with the columns of training.

        Returns
        -------
        array (n_rows,) or (n_rows, n_outputs)
            In the unit of the targets.
        """
        return self._apply("predict", X)

    def _fit(
        self, rows: FitData, warm: bool, ranks: Communicator, callbacks: Callbacks,
        observers: Sequence[Observer] = (),
    ) -> None:
        if self._network(rows.X.shape[1], rows.targets).output == "identity":
            _warn_of_far_targets(rows.targets.Y)
        super()._fit(rows, warm, ranks, callbacks, observers)

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
        return network_of(self, n_features, targets.Y.shape[1], "number")

    @property
    def _loss(self) -> Loss | None:
        return loss_of(self, "squared_error")

    def _plain_score(self, X: Any, y: Any, weights: Any) -> float:
        return float(r2_score(y, self.predict(X), sample_weight=weights))


def _warn_of_far_targets(Y: NDArray[np.floating]) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        means, spreads = Y.mean(axis=0), Y.std(axis=0)
        odd = (spreads > 0) & (
            (np.abs(means) > FAR * spreads) | (spreads < NARROW) | ~(spreads < WIDE)
        )
    for mean, spread in zip(means[odd][:1], spreads[odd][:1], strict=True):
        warn_user(
            f"the targets lie around {mean:.6g} with a spread of {spread:.3g}; a network begins "
            "near 0 and learns numbers of a spread around 1 best: standardise them "
            "(sklearn.compose.TransformedTargetRegressor), or take TabularRegressor, which does"
        )
