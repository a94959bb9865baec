"""What a model says of rows: classes, probabilities, numbers, and how good they are."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.targets import NUMBERS, Targets, encode_targets
from fastavg.errors import ConfigError, DataError
from fastavg.losses import Loss, own_loss
from fastavg.networks.network import Network


class NetworkAnswers(ABC):
    """The answers of a network, or of several with the same layers.

    Attributes
    ----------
    network : Network
        Layer sizes, activations and output.
    classes : array (n_classes,) or None
        The label of each output unit, or of 0 and 1 if there is one unit.
    """

    network: Network
    classes: NDArray[Any] | None

    @abstractmethod
    def _forward(self, X: Any, output: str) -> NDArray[np.floating]:
        """The last layer (n_rows, n_outputs) with an output function: its own, or ``identity``."""

    @property
    def target(self) -> str:
        """What it predicts: ``class``, ``labels`` (each yes or no) or ``number``."""
        if self.network.output in NUMBERS:
            return "number"
        return "labels" if self.classes is None else "class"

    def decision(self, X: Any) -> NDArray[np.floating]:
        """The pre-activations of the last layer.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows, n_outputs)
            In the dtype of the weights.
        """
        return self._forward(X, "identity")

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """The probability of each class or label.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows, n_classes)
            In the dtype of the weights.

        Raises
        ------
        ConfigError
            If the model predicts numbers, or its output is ``margin``.
        DataError
            If X is not a matrix of finite numbers with the network's columns.
        """
        if self.target == "number":
            raise ConfigError("this model predicts numbers; only classes have probabilities")
        if self.network.output == "margin":
            raise ConfigError(
                "this model has a margin output, which gives no probabilities; softmax and "
                "logistic outputs do"
            )
        out = self._forward(X, self.network.output)
        if self.target == "labels":
            return out
        if out.shape[1] == 1:
            return np.hstack([1 - out, out])
        if self.network.output == "logistic":
            # One classifier against the rest for each class.
            out /= np.maximum(out.sum(axis=1, keepdims=True), np.finfo(out.dtype).tiny)
        return out

    def predict(self, X: Any) -> NDArray[Any]:
        """The class, the labels (0 or 1), or the numbers of each row.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows,), or (n_rows, n_outputs) for labels and several numbers
            The predictions.

        Raises
        ------
        DataError
            If X is not a matrix of finite numbers with the network's columns.
        """
        if self.target == "number":
            numbers = self._forward(X, self.network.output)
            return numbers[:, 0] if numbers.shape[1] == 1 else numbers
        out = self.decision(X)
        if self.target == "labels":
            return (out > 0).astype(np.int64)
        assert self.classes is not None
        best = (out[:, 0] > 0).astype(np.intp) if out.shape[1] == 1 else out.argmax(axis=1)
        answers: NDArray[Any] = self.classes[best]
        return answers

    def score(self, X: Any, y: Any) -> float:
        """Accuracy (all labels of a row right), or R squared of numbers.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n_rows, n_features)
            Finite numbers.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The targets.

        Returns
        -------
        float
            At most 1.

        Raises
        ------
        DataError
            If X or y cannot be used.
        """
        predicted, y = self.predict(X), np.asarray(y)
        if y.ndim == 2 and y.shape[1] == 1:
            y = y[:, 0]
        if y.shape != predicted.shape:
            raise DataError(f"y has shape {y.shape}; the predictions have {predicted.shape}")
        if self.target != "number":
            right = predicted == y
            return float(np.mean(right if right.ndim == 1 else right.all(axis=1)))
        return _r_squared(np.atleast_2d(y.T), np.atleast_2d(predicted.T))

    def loss(self, X: Any, y: Any, loss: Loss | None = None) -> float:
        """Mean loss, without penalty.

        Parameters
        ----------
        X : array-like, or sparse array or matrix (n_rows, n_features)
            Finite numbers.
        y : array-like (n_rows,) or (n_rows, n_outputs)
            The targets.
        loss : Loss, optional
            That of the network's output by default.

        Raises
        ------
        DataError
            If X or y cannot be used.
        ConfigError
            If the loss does not go with the network's output.
        """
        loss = loss or own_loss(self.network.output)
        loss.check_output(self.network.output)
        z = self.decision(X).astype(np.float64)
        if isinstance(y, Targets):
            Y = y.Y
        elif self.classes is not None and np.ndim(y) == 1:
            places = np.searchsorted(self.classes, y).clip(0, len(self.classes) - 1)
            if not np.array_equal(self.classes[places], y):
                raise DataError("y holds a class that the model was not trained on")
            Y = places[:, None].astype(np.float64)
        else:
            Y = encode_targets(y, self.network, np.float64, len(z)).Y
        return float(loss.rows(z, Y, self.network.output).mean())


def _r_squared(y: NDArray[Any], predicted: NDArray[Any]) -> float:
    # R squared has no unit; in one that is a power of two, no digit changes and no square is
    # too large or too small for its type.
    _, exponent = np.frexp(np.abs(y).max(axis=1, keepdims=True, initial=0))
    y, predicted = np.ldexp(y, -exponent), np.ldexp(predicted, -exponent)
    missed = ((y - predicted) ** 2).sum(axis=1, dtype=np.float64)
    spread = ((y - y.mean(axis=1, keepdims=True)) ** 2).sum(axis=1, dtype=np.float64)
    # A constant output counts 1 if it is met exactly, else 0, as in scikit-learn.
    part = np.where(spread > 0, missed / np.where(spread > 0, spread, 1), missed > 0)
    return float(np.mean(1 - part))
