"""Prediction of a committee without compiled code: NumPy and its file are enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError
from fastavg.models.numpy_model import Array, NumpyModel, numpy_model_of
from fastavg.models.tensor_file import Tensors
from fastavg.networks.elementary import NUMPY


@dataclass(frozen=True, eq=False)
class NumpyCommittee:
    """Trained networks whose predictions are averaged, with NumPy alone, in float64.

    Parameters
    ----------
    members : tuple of NumpyModel
        One for each network, with the same layers and classes.

    Examples
    --------
    >>> def member(factor):
    ...     layer = factor * np.eye(2), np.zeros(2)
    ...     return NumpyModel((layer,), ("identity",), "softmax", np.array(["a", "b"]))
    >>> NumpyCommittee((member(1.0), member(3.0))).predict([[3, 1], [0, 2]])
    array(['a', 'b'], dtype='<U1')
    """

    members: tuple[NumpyModel, ...]

    def mean(self, X: Any) -> Array:
        """The mean of the members' outputs.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows, n_outputs) of float64
            Behind the output function: probabilities, numbers or margins.
        """
        total = sum(_output(each.output, each.decision(X)) for each in self.members)
        return np.asarray(total / len(self.members))

    def predict_proba(self, X: Any) -> Array:
        """The probability of each class or label.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows, n_classes) of float64

        Raises
        ------
        ConfigError
            If the committee has none.
        """
        first = self.members[0]
        if first.output not in ("softmax", "logistic"):
            raise ConfigError(f"this model's output is {first.output}; it has no probabilities")
        out = self.mean(X)
        if first.output == "softmax" or first.classes is None:
            return out
        if out.shape[1] == 1:
            return np.hstack([1 - out, out])
        return np.asarray(out / np.maximum(out.sum(axis=1, keepdims=True), 1e-300))

    def predict(self, X: Any) -> NDArray[Any]:
        """The class, the labels (0 or 1), or the numbers of each row.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows,), or (n_rows, n_outputs) for labels and several numbers
            The predictions.
        """
        first, out = self.members[0], self.mean(X)
        if first.output in ("identity", "exponential"):
            return out[:, 0] if out.shape[1] == 1 else out
        above = out > (0.5 if first.output == "logistic" else 0.0)
        if first.classes is None:
            return above.astype(np.int64)
        best = above[:, 0].astype(np.intp) if out.shape[1] == 1 else out.argmax(axis=1)
        answers: NDArray[Any] = first.classes[best]
        return answers


def numpy_committee_of(tensors: Tensors, meaning: dict[str, Any]) -> NumpyCommittee:
    """The committee of a file's content; see :func:`fastavg.load_light`.

    Parameters
    ----------
    tensors, meaning
        The content, as :func:`fastavg.models.tensor_file.read` has it.

    Raises
    ------
    DataError
        If an activation in it is a user's own.
    """
    return NumpyCommittee(tuple(
        numpy_model_of({**tensors, "weights": weights}, meaning) for weights in tensors["weights"]
    ))


def _output(output: str, z: Array) -> Array:
    if output == "softmax":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))
    if output == "logistic":
        return np.asarray(NUMPY.logistic(z))
    return np.asarray(np.exp(z)) if output == "exponential" else z
