"""The regressor for scikit-learn."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from fastavg.estimators.base import MLPBase
from fastavg.estimators.preset import preset_of
from fastavg.network import Network


class MLPRegressor(RegressorMixin, MLPBase):  # type: ignore[misc]
    """Neural network regressor, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; the others are
    described in :class:`fastavg.Plan`.

    Examples
    --------
    >>> import numpy as np
    >>> from fastavg import MLPRegressor
    >>> X = np.linspace(-1, 1, 200)[:, None]
    >>> model = MLPRegressor((32,), workers=2, learning_rate_init=0.01, random_state=0,
    ...     batch_size=16)
    >>> model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.9
    True
    """

    def predict(self, X: Any) -> NDArray[np.floating]:
        """The number of each row, or the numbers."""
        return self._apply("predict", X)

    def _network(self, n_features: int, y: NDArray[Any]) -> Network:
        outputs = 1 if y.ndim == 1 else y.shape[1]
        made = preset_of(self)
        if made is not None:
            return replace(made, output="identity").network(n_features, outputs)
        return Network((n_features, *self._hidden(), outputs), self.activation, "identity")
