"""The classifier for scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets, type_of_target

from fastavg.errors import DataError
from fastavg.estimators.base import MLPBase
from fastavg.estimators.preset import preset_of
from fastavg.network import Network


class MLPClassifier(ClassifierMixin, MLPBase):  # type: ignore[misc]
    """Neural network classifier, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; the others are
    described in :class:`fastavg.Plan`.  ``solver="cg"`` and ``learning_rate="line-search"``
    (with sgd) need no learning rate; ``preset="paper"`` trains as the paper does
    (:func:`fastavg.training.presets.paper`), with whatever is given beside it.

    Attributes
    ----------
    classes_ : array (n_classes,)
    weights_ : array (n_weights,)
        All weights and biases in one vector.
    coefs_, intercepts_ : list of array
        Copies of each layer's part of it.
    loss_curve_ : list of float
        Mean training loss of each epoch, without the penalty.
    history_ : list of RoundRecord
        What every round did and where its seconds went.
    model_ : Model
        The same network without scikit-learn.

    Examples
    --------
    >>> from fastavg import MLPClassifier
    >>> from fastavg.datasets import load_digits5k
    >>> X, y = load_digits5k()
    >>> model = MLPClassifier((25,), workers=2, max_iter=10, batch_size=32, random_state=0)
    >>> model.fit(X, y).score(X, y) > 0.9
    True
    """

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row; rows of 0 and 1 for independent labels."""
        return self._apply("predict", X)

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Probabilities, a column for each class."""
        return self._apply("predict_proba", X)

    def predict_log_proba(self, X: Any) -> NDArray[np.floating]:
        """Their logarithms."""
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.floating] = np.log(self.predict_proba(X))
        return logarithms

    def _network(self, n_features: int, y: NDArray[Any]) -> Network:
        check_classification_targets(y)
        if type_of_target(y) == "multilabel-indicator":
            self.classes_ = np.arange(y.shape[1])
            return Network((n_features, *self._hidden(), y.shape[1]), self.activation, "logistic")
        self.classes_ = np.unique(y)
        if len(self.classes_) < 2:
            raise DataError(f"y holds {len(self.classes_)} class; a classifier needs 2 or more")
        if len(self.classes_) == 2 and self.preset is None:
            return Network((n_features, *self._hidden(), 1), self.activation, "logistic")
        made = preset_of(self)
        if made is not None:
            return made.network(n_features, len(self.classes_))
        sizes = (n_features, *self._hidden(), len(self.classes_))
        return Network(sizes, self.activation, "softmax")
