"""Prediction without compiled code: NumPy and a model file are enough.

For small deployments, where numba and scikit-learn would be too much to install or to
import.  The numbers are those of :class:`fastavg.Model` up to rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.names import by_name
from fastavg.errors import ConfigError, DataError
from fastavg.models.tensor_file import Tensors
from fastavg.networks.elementary import NUMPY
from fastavg.networks.parametric_activations import (
    Bound,
    activation_of,
    is_known,
    is_parametric,
    with_factors,
)

Array = NDArray[np.floating]

@dataclass(frozen=True, eq=False)
class NumpyModel:
    """A trained network that predicts with NumPy alone, in float64.

    Parameters
    ----------
    layers : tuple of (array (fan_in, fan_out), array (fan_out,))
        W and b of every layer, float64.
    activations : tuple of str or ParametricActivation
        One for each layer; the last one's is the identity.
    output : str
        Output of the network.
    classes : array (n_classes,), optional
        The label of each output unit, or of 0 and 1 if there is one unit.
    shift : array (n_features,), optional
        ``(X - shift) * factor`` is what the network sees.
    factor : array (n_features,), optional
        See ``shift``.
    feature_names : tuple of str, optional
        The columns of X.
    axes : array (n_features, n_features), optional
        What scaled rows are multiplied by, where the model turns them to their principal axes.

    Examples
    --------
    >>> eye = np.eye(2)
    >>> model = NumpyModel(((eye, np.zeros(2)),), ("identity",), "softmax", np.array(["a", "b"]))
    >>> model.predict([[3, 1], [0, 2]])
    array(['a', 'b'], dtype='<U1')
    """

    layers: tuple[tuple[Array, Array], ...]
    activations: tuple[Bound, ...]
    output: str
    classes: NDArray[Any] | None = None
    shift: Array | None = None
    factor: Array | None = None
    feature_names: tuple[str, ...] | None = None
    axes: Array | None = None

    def decision(self, X: Any) -> Array:
        """The pre-activations of the last layer.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        array (n_rows, n_outputs) of float64
        """
        return self.forward(X)[1][-1]

    def forward(self, X: Any) -> tuple[list[Array], list[Array]]:
        """The forward pass.

        Parameters
        ----------
        X : array-like (n_rows, n_features)
            Finite numbers.

        Returns
        -------
        inputs : list of array (n_rows, fan_in)
            Inputs of every layer.
        sums : list of array (n_rows, fan_out)
            Pre-activations of every layer.
        """
        try:
            rows: Array = np.asarray(by_name(X, self.feature_names), np.float64)
        except (TypeError, ValueError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"X is no matrix of numbers: {error}") from None
        n_features = self.layers[0][0].shape[0]
        if rows.ndim != 2 or rows.shape[1] != n_features:
            raise DataError(f"X has shape {rows.shape}; the network takes (rows, {n_features})")
        if not np.isfinite(rows).all():
            row, column = np.argwhere(~np.isfinite(rows))[0]
            raise DataError(
                f"X holds {rows[row, column]} in row {row}, column {column}; "
                "every value must be a finite number"
            )
        if self.shift is not None and self.factor is not None:
            rows = (rows - self.shift) * self.factor
        if self.axes is not None:
            rows = rows @ self.axes
        inputs: list[Array] = []
        sums: list[Array] = []
        for (matrix, biases), name in zip(self.layers, self.activations, strict=True):
            inputs.append(rows)
            sums.append(rows @ matrix + biases)
            rows = activation_of(name).value(sums[-1])
        return inputs, sums

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
            If the model has none.
        """
        if self.output not in ("softmax", "logistic"):
            raise ConfigError(f"this model's output is {self.output}; it has no probabilities")
        z = self.decision(X)
        if self.output == "softmax":
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return np.asarray(e / e.sum(axis=1, keepdims=True))
        out: Array = NUMPY.logistic(z)
        if self.classes is None:
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
        z = self.decision(X)
        if self.output in ("identity", "exponential"):
            numbers = np.exp(z) if self.output == "exponential" else z
            return numbers[:, 0] if numbers.shape[1] == 1 else numbers
        if self.classes is None:
            return (z > 0).astype(np.int64)
        best = (z[:, 0] > 0).astype(np.intp) if z.shape[1] == 1 else z.argmax(axis=1)
        answers: NDArray[Any] = self.classes[best]
        return answers


def numpy_model_of(tensors: Tensors, meaning: dict[str, Any]) -> NumpyModel:
    """The model of a file's content; see :func:`fastavg.load_light`.

    Raises
    ------
    DataError
        If an activation in it is a user's own.
    """
    network, classes, names = meaning["network"], meaning["classes"], meaning["feature_names"]
    made = numpy_model(
        network["layer_sizes"], network["activation"], network["output"], tensors["weights"],
        None if classes is None else np.asarray(classes),
        tensors.get("scaling.shift"), tensors.get("scaling.factor"),
    )
    return replace(
        made, feature_names=None if names is None else tuple(names),
        axes=tensors.get("scaling.axes"),
    )


def numpy_model(
    sizes: Any, activation: Any, output: str, weights: Array, classes: NDArray[Any] | None,
    shift: Array | None = None, factor: Array | None = None,
) -> NumpyModel:
    """A NumPy model from the parts of another.

    Parameters
    ----------
    sizes : sequence of int
        Units of every layer, inputs first and outputs last.
    activation : str or sequence of str
        For all hidden layers, or one for each.
    output : str
        Output of the network.
    weights : array (n_weights,)
        The flat weight vector.
    classes : array (n_classes,) or None
        The label of each output unit.
    shift : array (n_features,), optional
        ``(X - shift) * factor`` is what the network sees.
    factor : array (n_features,), optional
        See ``shift``.

    Raises
    ------
    DataError
        If an activation is a user's own.
    """
    hidden = len(sizes) - 2
    names = list(activation) if isinstance(activation, (list, tuple)) else [activation] * hidden
    for name in names:
        # A file has the name of a user's own in a table.
        if not is_known(name):
            own = name["custom"] if isinstance(name, dict) else name
            raise DataError(
                f"activation {own!r} is a user's own; only those of fastavg work without numba"
            )
    layers, at = [], 0
    activations: list[Bound] = [*names, "identity"]
    for index, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        stop = at + fan_in * fan_out
        matrix = np.asarray(weights[at:stop], np.float64).reshape(fan_in, fan_out)
        layers.append((matrix, np.asarray(weights[stop : stop + fan_out], np.float64)))
        at, name = stop + fan_out, activations[index]
        if isinstance(name, str) and is_parametric(name):
            factors = np.asarray(weights[at : at + fan_out], np.float64)
            activations[index], at = with_factors(name, factors), at + fan_out
    return NumpyModel(tuple(layers), tuple(activations), output, classes, shift, factor)
