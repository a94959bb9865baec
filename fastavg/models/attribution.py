"""Attribution: how much each input contributes to a prediction."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError, DataError
from fastavg.models.committee import only_network
from fastavg.models.model import Model
from fastavg.models.numpy_model import NumpyModel, numpy_model
from fastavg.networks.parametric_activations import activation_of


def integrated_gradients(
    model: Any, X: Any, baseline: Any = None, target: int | None = None, steps: int = 64
) -> NDArray[np.float64]:
    """Attribute a prediction to the inputs by integrated gradients.

    The gradient with respect to the inputs is averaged along the straight line from a baseline
    to the row, and multiplied by the difference of the two (Sundararajan, Taly and Yan 2017).
    The attributions of a row add up to the difference between the network's outputs for the row
    and for the baseline.

    Parameters
    ----------
    model : Model, or a fitted estimator
        The model to explain.
    X : array-like (n_rows, n_features)
        Finite numbers, one row for each prediction.
    baseline : array-like (n_features,), optional
        A neutral row.  By default each input's mean where the model scales its inputs, else
        zeros: pass the mean of the training rows if zero has a meaning.
    target : int, optional
        The output that is attributed: a class by its number, or one of several numbers.  By
        default the class that is predicted, or the first number.  What is attributed is the
        last layer's value before the output function.
    steps : int, default 64
        Points of the Gauss-Legendre rule; a network with sharp bends needs more.

    Returns
    -------
    array (n_rows, n_features) of float64

    Raises
    ------
    ConfigError
        If ``target`` is no output of the network.
    DataError
        If X or the baseline do not fit the network.

    Examples
    --------
    >>> from fastavg import Network
    >>> model = Model(Network((2, 1), output="identity"), np.array([2.0, -1.0, 5.0]))
    >>> integrated_gradients(model, [[1.0, 1.0]])
    array([[ 2., -1.]])
    """
    made = _numpy_model(only_network(getattr(model, "model_", model), "an attribution"))
    rows = np.asarray(X, np.float64)
    z = made.decision(rows)
    start = _baseline(made, baseline, rows.shape[1])
    chosen = _targets(z, target)
    # Gauss's points: exact for polynomials, and no step is wasted on the ends.
    points, shares = np.polynomial.legendre.leggauss(steps)
    way, total = rows - start, np.zeros_like(rows)
    for point, share in zip((points + 1) / 2, shares / 2, strict=True):
        total += share * input_gradient(made, start + point * way, chosen)
    # Of one unit for two classes the first class has the opposite sign.
    if z.shape[1] == 1 and made.classes is not None:
        total *= np.where((z[:, 0] > 0) if target is None else bool(target), 1, -1).reshape(-1, 1)
    return np.asarray(way * total)


def input_gradient(
    model: NumpyModel, X: NDArray[np.float64], target: NDArray[np.intp]
) -> NDArray[np.float64]:
    """The derivative of one pre-activation of the last layer with respect to the inputs.

    Parameters
    ----------
    model : NumpyModel
        The model.
    X : array (n_rows, n_features) of float64
        The rows.
    target : array (n_rows,) of int
        The output unit of each row.

    Returns
    -------
    array (n_rows, n_features) of float64
        The derivatives.
    """
    _, sums = model.forward(X)
    error = np.zeros_like(sums[-1])
    error[np.arange(len(error)), target] = 1
    for index in range(len(model.layers) - 1, -1, -1):
        error = error * activation_of(model.activations[index]).derivative(sums[index])
        error = error @ model.layers[index][0].T
    if model.axes is not None:
        error = error @ model.axes.T
    return np.asarray(error if model.factor is None else error * model.factor)


def _numpy_model(model: Model) -> NumpyModel:
    network, scaling = model.network, model.scaling
    made = numpy_model(
        network.layer_sizes, list(network.activations[:-1]), network.output, model.weights,
        model.classes, None if scaling is None else scaling.shift,
        None if scaling is None else scaling.factor,
    )
    return made if scaling is None else replace(made, axes=scaling.axes)


def _baseline(model: NumpyModel, given: Any, n_features: int) -> NDArray[np.float64]:
    if given is None:
        return np.zeros(n_features) if model.shift is None else np.asarray(model.shift, np.float64)
    baseline = np.asarray(given, np.float64)
    if baseline.shape != (n_features,):
        raise DataError(f"the baseline has shape {baseline.shape}; X needs ({n_features},)")
    return baseline


def _targets(z: NDArray[np.floating], target: int | None) -> NDArray[np.intp]:
    n_rows, outputs = z.shape
    if target is None:
        return np.asarray(z.argmax(axis=1), np.intp)
    if not 0 <= target < max(2, outputs):
        raise ConfigError(f"target is {target}; the network has outputs 0 to {outputs - 1}")
    return np.full(n_rows, min(target, outputs - 1), np.intp)
