"""What a target is: classes, or numbers that happen to be whole."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError, DataError

KINDS = ("auto", "class", "number")
# So few different values are classes, whatever they are.
FEW_CLASSES = 30
# Rows of a class, in the mean, below which whole numbers are numbers.
ROWS_OF_A_CLASS = 5
# Different values beyond which whole numbers with gaps between them are numbers.
MANY_CLASSES = 100


def target_kind(y: NDArray[Any], asked: str) -> str:
    """``class`` or ``number``.

    Text, truth values and few different whole numbers are classes; fractions are numbers, and
    so are whole numbers of which hardly one occurs again, or very many with gaps between them:
    prices, counts, years.

    Parameters
    ----------
    y : array (n_rows,) or (n_rows, n_outputs)
        A target of any dtype.
    asked : str
        ``class``, ``number``, or ``auto`` to find out.

    Raises
    ------
    ConfigError
        If the kind is unknown.
    DataError
        If y cannot be of the kind that was asked for.

    Examples
    --------
    >>> target_kind(np.array([0, 1, 1]), "auto"), target_kind(np.array([0.5, 1.0]), "auto")
    ('class', 'number')
    >>> target_kind(np.arange(100_000, 200_000, 250), "auto")
    'number'
    """
    if asked not in KINDS:
        raise ConfigError(f"kind {asked!r} is unknown; choose {', '.join(KINDS)}")
    kind = asked
    if asked == "class" and y.ndim > 1:
        raise DataError(f"y has shape {y.shape}; classes are one label a row")
    if asked == "number" and y.dtype.kind not in "fiub":
        raise DataError(
            f"kind is number, and the target holds {y.reshape(-1)[0]!r}; "
            "every value must be a number, or kind must be class"
        )
    if asked == "auto":
        kind = "number" if y.dtype.kind == "f" or y.ndim > 1 or counts(y) else "class"
    if kind == "class" and len(np.unique(y)) < 2:
        raise DataError(f"y holds 1 class, {y[0]}; a classifier needs 2 or more")
    return kind


def counts(y: NDArray[Any]) -> bool:
    """True for whole numbers that are hardly names of classes.

    Parameters
    ----------
    y : array (n_rows,)
        A target of any dtype.
    """
    if y.dtype.kind not in "iu":
        return False
    values = np.unique(y)
    if len(values) <= FEW_CLASSES:
        return False
    gaps = int(values[-1]) - int(values[0]) + 1 > 2 * len(values)
    return len(y) < ROWS_OF_A_CLASS * len(values) or (len(values) > MANY_CLASSES and gaps)


def labels_of_one_hot(y: NDArray[Any]) -> NDArray[np.int64] | None:
    """Class numbers, if every row of a matrix is 0 but for a single 1; else None.

    Parameters
    ----------
    y : array (n_rows, n_columns)
        A target of any shape and dtype.

    Returns
    -------
    array (n_rows,) or None

    Examples
    --------
    >>> labels_of_one_hot(np.eye(3)[[2, 0, 1]])
    array([2, 0, 1])
    """
    if y.ndim != 2 or y.shape[1] < 2 or y.dtype.kind not in "fiub":
        return None
    ones = y == 1
    if not (ones.sum(axis=1) == 1).all() or (y != ones).any():
        return None
    # Every label must occur: a column that is never 1 says that the labels are independent.
    return ones.argmax(axis=1) if ones.any(axis=0).all() else None
