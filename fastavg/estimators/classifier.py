"""The classifier for scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.metrics import accuracy_score
from sklearn.utils._unique import attach_unique, cached_unique
from sklearn.utils.class_weight import compute_sample_weight
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import (
    _check_partial_fit_first_call,
    check_classification_targets,
    type_of_target,
    unique_labels,
)
from sklearn.utils.validation import column_or_1d

from fastavg.data.targets import Targets
from fastavg.errors import ConfigError, DataError, FastavgError
from fastavg.estimators.base import MLPBase
from fastavg.estimators.committee_fit import check_single
from fastavg.estimators.parameters import documented
from fastavg.estimators.partial_fit import go_on, in_steps, step_on
from fastavg.estimators.translation import loss_of, network_of
from fastavg.losses import Loss
from fastavg.networks.network import Network


def _has_margins(estimator: MLPClassifier) -> bool:
    """True with a loss that gives margins and no probabilities."""
    if estimator.loss == "auto":
        return False
    try:
        loss = estimator._loss
    except FastavgError:
        # Fitting will say what is wrong with it.
        return False
    return loss is not None and not {"softmax", "logistic"} & set(loss.outputs)


def _has_probabilities(estimator: MLPClassifier) -> bool:
    return not _has_margins(estimator)


@documented
class MLPClassifier(ClassifierMixin, MLPBase):  # type: ignore[misc]
    """Neural network classifier, trained by model averaging on every core.

    Parameters with scikit-learn's names mean what they mean there; the others are those of
    :class:`fastavg.Plan` and its components.  ``solver="cg"`` and
    ``learning_rate="line-search"`` (with sgd) need no learning rate; ``preset="paper"`` trains
    as the paper does, with whatever is given beside it.

    Attributes
    ----------
    classes_ : array (n_classes,)
    weights_ : array (n_weights,)
        All weights and biases in one vector.
    coefs_, intercepts_ : list of array
        Copies of each layer's part of it.
    loss_curve_ : list of float
        Mean training loss of each epoch, with the penalty.
    validation_scores_, validation_loss_curve_ : list of float or None
        Of the held-out rows after each epoch, with ``early_stopping``.
    history_ : list of RoundRecord
        What every round did and where its seconds went.
    model_ : Model or Committee
        The same network, or networks, without scikit-learn.
    estimators_ : list of MLPClassifier
        With ``n_members``, each by itself; ``coefs_``, ``intercepts_`` and ``weights_`` have a
        first axis of members then, and curves are the first one's.

    Examples
    --------
    >>> from fastavg import MLPClassifier
    >>> from fastavg.datasets import load_digits5k
    >>> X, y = load_digits5k()
    >>> model = MLPClassifier((25,), workers=2, max_iter=30, batch_size=32, tol=0.02,
    ...     n_iter_no_change=2, random_state=0)
    >>> model.fit(X, y).score(X, y) > 0.9
    True
    """

    @available_if(in_steps)  # type: ignore[untyped-decorator]
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> MLPClassifier:
        """Go on for one epoch over these rows.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with as many columns as in the first call.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            Labels; rows of 0 and 1 for independent labels.
        sample_weight : array-like (n_rows,), optional
            How much each row counts; at least 0, all the same if not given.
        classes : array-like (n_classes,), optional
            All classes that will ever come; needed in the first call.

        Returns
        -------
        MLPClassifier
            The estimator itself.

        Raises
        ------
        DataError, ConfigError
            If the data or a parameter cannot be used.
        Diverged
            If the weights are no longer finite.
        """
        check_single(self, "partial_fit")
        if self.class_weight == "balanced":
            raise ConfigError(
                "class_weight 'balanced' is not supported for partial_fit, which sees the classes "
                "of one call alone; a dict of weights for all of them is"
            )
        same = classes is None or np.array_equal(classes, getattr(self, "classes_", ()))
        if same and step_on(self, X, y, sample_weight):
            return self
        single = type_of_target(y) != "multilabel-indicator"
        if single and _check_partial_fit_first_call(self, classes):
            self._learn_classes(np.asarray(self.classes_))
        go_on(self, self._rows(X, y, sample_weight, not hasattr(self, "weights_"), learn=False))
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        """The class of each row; rows of 0 and 1 for independent labels.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with the columns of training.

        Returns
        -------
        array (n_rows,) or (n_rows, n_classes)
            Labels, or 0 and 1 of int64 for independent labels.
        """
        z = self._apply("decision", X)
        if self._classes_of_model is None:
            return (z > 0).astype(np.int64)
        best = (z[:, 0] > 0).astype(np.intp) if z.shape[1] == 1 else z.argmax(axis=1)
        if len(self.classes_) == 1:
            best[:] = 0
        answers: NDArray[Any] = self.classes_[best]
        return answers

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """Probabilities, a column for each class; not with the losses of margins.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with the columns of training.

        Returns
        -------
        array (n_rows, n_classes)
            From 0 to 1; a row adds up to 1, but for independent labels.
        """
        return self._apply("predict_proba", X)

    @available_if(_has_probabilities)  # type: ignore[untyped-decorator]
    def predict_log_proba(self, X: Any) -> NDArray[np.floating]:
        """Logarithms of the probabilities; not with the losses of margins.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with the columns of training.

        Returns
        -------
        array (n_rows, n_classes)
            Natural logarithms; minus infinity for a probability of 0.
        """
        with np.errstate(divide="ignore"):
            logarithms: NDArray[np.floating] = np.log(self.predict_proba(X))
        return logarithms

    @available_if(_has_margins)  # type: ignore[untyped-decorator]
    def decision_function(self, X: Any) -> NDArray[np.floating]:
        """Margins with the losses ``hinge`` and ``squared_hinge``.

        Parameters
        ----------
        X : array-like or sparse matrix (n_rows, n_features)
            Finite numbers, with the columns of training.

        Returns
        -------
        array (n_rows, n_classes) or (n_rows,)
            A column for each class, or one number a row of two classes, above 0 for the second.
        """
        margins: NDArray[np.floating] = self._apply("decision", X)
        one = self._classes_of_model is not None and margins.shape[1] == 1
        return margins[:, 0] if one else margins

    def _targets(self, y: Any, learn: bool) -> Targets:
        # Each of these asks which labels there are.
        found = attach_unique(y) if isinstance(y, np.ndarray) and y.dtype.kind in "biu" else y
        check_classification_targets(found)
        if y.ndim == 2 and type_of_target(found) == "multilabel-indicator":
            labels = np.asarray(y.toarray() if hasattr(y, "toarray") else y, np.float64)
            self._classes_of_model = None
            self.classes_ = np.arange(labels.shape[1])
            return Targets(labels, None)
        if y.ndim != 1:
            y = column_or_1d(y, warn=True)
        if learn:
            self._learn_classes(np.asarray(cached_unique(found)))
        else:
            self._check_known(y)
        numbers = np.searchsorted(self.classes_, y)
        return Targets(numbers.reshape(-1, 1).astype(np.float64), self._classes_of_model)

    def _check_known(self, y: NDArray[Any]) -> None:
        if len(np.setdiff1d(unique_labels(y), self.classes_)):
            raise DataError(
                f"`y` has classes not in `self.classes_`. `self.classes_` has {self.classes_}. "
                f"'y' has {np.unique(y)}."
            )

    def _check_warm(self, y: NDArray[Any]) -> None:
        if type_of_target(y) == "multilabel-indicator":
            return
        classes = np.unique(y)
        if not np.array_equal(classes, self.classes_):
            raise DataError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {self.classes_}, `y` has {classes}"
            )

    def _encode_few(self, y: Any, Y: NDArray[np.floating]) -> bool:
        labels, classes = np.asarray(y), self._classes_of_model
        if (
            classes is None or labels.shape != (len(Y),) or labels.dtype.kind not in "biuU"
            or labels.dtype.kind != classes.dtype.kind
        ):
            return False
        numbers = classes.searchsorted(labels)
        if numbers.max() >= len(classes) or not (classes[numbers] == labels).all():
            return False
        Y[:, 0] = numbers
        return True

    def _learn_classes(self, classes: NDArray[Any]) -> None:
        self.classes_ = classes
        plain = np.asarray(classes.tolist()) if classes.dtype.kind == "O" else classes
        # A class alone is both answers of its one output.
        self._classes_of_model = np.repeat(plain, 2) if len(plain) == 1 else plain

    def _row_weights(self, X: Any, y: Any, sample_weight: Any) -> NDArray[np.floating] | None:
        given = super()._row_weights(X, y, sample_weight)
        if self.class_weight is None:
            return given
        by_class = self._class_weights(y)
        return by_class if given is None else by_class * given

    def _class_weights(self, y: Any) -> NDArray[np.floating]:
        weights = self.class_weight
        if not isinstance(weights, dict) or self._classes_of_model is None:
            found: NDArray[np.floating] = compute_sample_weight(weights, y)
            return found
        # A class that these rows lack has a weight all the same.
        known = self.classes_.tolist()
        unknown = [label for label in weights if label not in known]
        if unknown:
            raise ConfigError(
                f"class_weight has {unknown[0]!r}, which is no class; the classes are {known[:20]}"
            )
        each = np.array([weights.get(label, 1.0) for label in known], np.float64)
        of_rows: NDArray[np.floating] = each[np.searchsorted(self.classes_, column_or_1d(y))]
        return of_rows

    def _network(self, n_features: int, targets: Targets) -> Network:
        if targets.classes is None:
            return network_of(self, n_features, targets.Y.shape[1], "labels")
        if len(targets.classes) == 2 and self.preset is None:
            return network_of(self, n_features, 1, "binary")
        return network_of(self, n_features, len(targets.classes), "class")

    @property
    def _loss(self) -> Loss | None:
        return loss_of(self, "log_loss")

    @property
    def _stratifies(self) -> bool:
        return self._classes_of_model is not None

    def _plain_score(self, X: Any, y: Any, weights: Any) -> float:
        return float(accuracy_score(y, self.predict(X), sample_weight=weights))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags
