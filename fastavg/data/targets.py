"""Targets: labels and numbers as the matrix that a network is trained on."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.data.checks import check_numbers
from fastavg.errors import DataError
from fastavg.networks.network import Network

# Outputs that predict numbers; the others predict classes or labels.
NUMBERS = ("identity", "exponential")


class Targets(NamedTuple):
    """What training sees of y, and what its classes are called.

    Parameters
    ----------
    Y : array (n_rows, 1) or (n_rows, n_outputs)
        Class numbers, or one number for each output.
    classes : array (n_classes,) or None
        The labels that class numbers stand for; None where there are none.
    """

    Y: NDArray[np.floating]
    classes: NDArray[Any] | None


def encode_targets(y: Any, network: Network, dtype: DTypeLike, n_rows: int) -> Targets:
    """Targets for a network's output.

    Parameters
    ----------
    y : array-like
        (n_rows,) labels of any kind, for ``softmax``, ``logistic`` or ``margin`` outputs;
        one output unit stands for two classes.  (n_rows, n_outputs) numbers for ``identity``
        and ``exponential``, or 0 and 1 for ``logistic`` and ``margin`` with independent labels.
    network : Network
        Its output function and its number of outputs decide what y must be.
    dtype : dtype
        float32 or float64, of the matrix.
    n_rows : int
        Rows of X.

    Returns
    -------
    Targets
        The matrix, and the classes in ascending order.

    Raises
    ------
    DataError
        If y does not fit X or the network, or a label is missing.

    Examples
    --------
    >>> targets = encode_targets(["no", "yes", "no"], Network((2, 1), output="logistic"), "f4", 3)
    >>> targets.Y.ravel(), targets.classes
    (array([0., 1., 0.], dtype=float32), array(['no', 'yes'], dtype='<U3'))
    """
    outputs = network.layer_sizes[-1]
    if network.output in NUMBERS:
        return Targets(check_numbers(y, dtype, n_rows, outputs), None)
    labels = np.asarray(y)
    if labels.ndim == 2 and labels.shape[1] == outputs > 1:
        return _independent(labels, network, dtype, n_rows)
    labels = labels[:, 0] if labels.ndim == 2 and labels.shape[1] == 1 else labels
    if labels.shape != (n_rows,):
        raise DataError(f"y has shape {np.shape(y)}; X has {n_rows} rows and needs as many labels")
    classes, numbers = _classes(labels)
    needed = max(2, outputs)
    if len(classes) != needed:
        raise DataError(
            f"y holds {len(classes)} classes; a network with {outputs} output "
            f"{'unit' if outputs == 1 else 'units'} needs {needed}"
        )
    return Targets(np.ascontiguousarray(numbers.reshape(-1, 1), dtype), classes)


def _classes(labels: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
    if labels.dtype.kind == "f" and not np.isfinite(labels).all():
        row = int(np.flatnonzero(~np.isfinite(labels))[0])
        raise DataError(f"y holds {labels[row]} in row {row}; every row needs a label")
    try:
        classes, numbers = np.unique(labels, return_inverse=True)
    except TypeError:
        raise DataError(
            "y holds labels of several types; all must be text, or all numbers"
        ) from None
    if classes.dtype.kind == "O":
        classes = np.asarray(classes.tolist())
    if classes.dtype.kind not in "biufU":
        raise DataError(f"y holds {classes.dtype} labels; text or numbers are what fastavg takes")
    return classes, numbers


def _independent(
    labels: NDArray[Any], network: Network, dtype: DTypeLike, n_rows: int
) -> Targets:
    Y = check_numbers(labels, dtype, n_rows, network.layer_sizes[-1])
    wrong = np.argwhere((Y < 0) | (Y > 1))
    if wrong.size:
        row, column = wrong[0]
        raise DataError(
            f"y holds {labels[row, column]} in row {row}, column {column}; "
            "every number must lie between 0 and 1"
        )
    classes = np.arange(Y.shape[1]) if network.output == "softmax" else None
    return Targets(Y, classes)
