"""Checks on the arrays that users hand in; what is wrong is named by row and column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import DataError

BLOCK = 4096


def check_features(
    X: Any, dtype: DTypeLike, n_features: int | None = None, first_row: int = 0,
    finite: bool = False,
) -> NDArray[np.floating]:
    """X as a contiguous, writable matrix of a dtype; a copy only where that needs one.

    Parameters
    ----------
    X : array-like (n_rows, n_features)
        Numbers of any real type.
    dtype : dtype
        float32 or float64.
    n_features : int, optional
        Columns that it must have; any number if not given.
    first_row : int, default 0
        Number of its first row, for messages.
    finite : bool, default False
        True if X is known to hold finite numbers; they are not looked at again then, unless
        another dtype may be too narrow for them.

    Returns
    -------
    array (n_rows, n_features)
        Finite numbers of that dtype, in C order.

    Raises
    ------
    DataError
        If it is no matrix of finite numbers; row and column are counted from 0.

    Examples
    --------
    >>> check_features([[1, 2], [3, 4]], "float32").dtype
    dtype('float32')
    """
    given = as_table(X)
    if n_features is not None and given.shape[1] != n_features:
        raise DataError(f"X has {given.shape[1]} columns; the network takes {n_features}")
    numbers = _contiguous(given, dtype, "X")
    if not finite or given.dtype != numbers.dtype:
        check_finite(numbers, "X", first_row, given)
    return numbers


def as_table(X: Any) -> NDArray[Any]:
    """X as a matrix of whatever type, with at least one row and one column.

    Parameters
    ----------
    X : array-like (n_rows, n_columns)
        Values of any type.

    Returns
    -------
    array (n_rows, n_columns)
        X itself where it is an array already.

    Raises
    ------
    DataError
        If it is sparse, or has another shape.
    """
    if hasattr(X, "toarray"):
        raise DataError("X is a sparse matrix; X.toarray() is what fastavg takes")
    try:
        given = np.asarray(X)
    except ValueError as error:
        raise DataError(f"X is no matrix: {error}") from None
    if given.ndim != 2 or 0 in given.shape:
        raise DataError(
            f"X has shape {given.shape}; it must be (rows, columns) with at least one of each"
        )
    return given


def as_numbers(
    given: NDArray[Any], what: str = "X", names: Sequence[Any] | None = None
) -> NDArray[Any]:
    """A matrix of numbers; objects that are numbers become float64.

    Parameters
    ----------
    given : array (n_rows, n_columns)
        Values of any type.
    what : str, default 'X'
        What they are, for messages.
    names : sequence, optional
        What its columns are called; messages count them if not given.

    Returns
    -------
    array (n_rows, n_columns)
        Itself where its values are numbers or truth values.

    Raises
    ------
    DataError
        If a value is no number; names its row and column.

    Examples
    --------
    >>> as_numbers(np.array([[1, 2.5]], object)).dtype
    dtype('float64')
    """
    if given.dtype.kind in "fiub":
        return given
    if given.dtype.kind == "O":
        try:
            return given.astype(np.float64)
        except (TypeError, ValueError):
            pass
    row, column = _first_text(given)
    called = str(column) if names is None else repr(names[column])
    raise DataError(
        f"{what} holds {str(given[row, column])[:40]!r} in row {row}, column {called}; every value "
        "must be a number"
    )


def check_numbers(y: Any, dtype: DTypeLike, n_rows: int, width: int) -> NDArray[np.floating]:
    """Numeric targets as a (n_rows, width) matrix.

    Parameters
    ----------
    y : array-like (n_rows,) or (n_rows, width)
        Numbers of any real type.
    dtype : dtype
        float32 or float64.
    n_rows : int
        Rows of X.
    width : int
        Outputs of the network.

    Returns
    -------
    array (n_rows, width)
        Finite numbers of that dtype, in C order.

    Raises
    ------
    DataError
        If they have another shape or are not finite.
    """
    given = np.asarray(y)
    if given.ndim == 1:
        given = given[:, None]
    if given.shape != (n_rows, width):
        raise DataError(f"y has shape {np.shape(y)}; X and the network need ({n_rows}, {width})")
    numbers = _contiguous(given, dtype, "y")
    check_finite(numbers, "y", 0, given)
    return numbers


def check_sample_weight(weights: Any, dtype: DTypeLike, n_rows: int) -> NDArray[np.floating]:
    """Row weights as a vector; empty if there are none.

    Parameters
    ----------
    weights : array-like (n_rows,) or None
        How much each row counts.
    dtype : dtype
        float32 or float64.
    n_rows : int
        Rows of X.

    Returns
    -------
    array (n_rows,) or (0,)
        A copy of that dtype.

    Raises
    ------
    DataError
        If there is not one finite weight of at least 0 for each row, or all are 0.
    """
    if weights is None:
        return np.zeros(0, dtype)
    given = np.asarray(weights)
    if given.shape != (n_rows,):
        raise DataError(f"sample_weight has shape {given.shape}; X needs ({n_rows},)")
    numbers = _contiguous(given[:, None], dtype, "sample_weight")[:, 0]
    wrong = np.flatnonzero(~(np.isfinite(numbers) & (numbers >= 0)))
    if wrong.size:
        raise DataError(
            f"sample_weight holds {given[wrong[0]]} in row {wrong[0]}; "
            "every weight must be a number of at least 0"
        )
    if not numbers.any():
        raise DataError("every sample_weight is 0; at least one row must count")
    return numbers.copy()


def check_finite(
    numbers: NDArray[Any], name: str, first_row: int = 0, given: NDArray[Any] | None = None
) -> None:
    """Nothing, if every number is finite.

    Parameters
    ----------
    numbers : array (n_rows, n_columns)
        Of any dtype.
    name : str
        What they are, for messages: ``X`` or ``y``.
    first_row : int, default 0
        Number of their first row, for messages.
    given : array (n_rows, n_columns), optional
        What they were converted from; messages quote it.

    Raises
    ------
    DataError
        If one is not; names its row and column.
    """
    if numbers.dtype.kind not in "fiub":
        raise DataError(f"{name} holds {numbers.dtype} values; every value must be a number")
    for start in range(0, len(numbers), BLOCK):
        finite = np.isfinite(numbers[start : start + BLOCK])
        if finite.all():
            continue
        row, column = np.argwhere(~finite)[0]
        value = (numbers if given is None else given)[start + row, column]
        right = "every value must be a finite number"
        if isinstance(value, float) and np.isfinite(value):
            right = f"that is beyond {numbers.dtype}; scaled features would fit"
        raise DataError(
            f"{name} holds {value} in row {first_row + start + row}, column {column}; {right}"
        )


def _contiguous(given: NDArray[Any], dtype: DTypeLike, name: str) -> NDArray[np.floating]:
    if given.dtype.kind not in "fiubO":
        raise DataError(f"{name} holds {given.dtype} values; every value must be a real number")
    try:
        with np.errstate(over="ignore"):
            numbers = np.ascontiguousarray(given, dtype)
    except (TypeError, ValueError):
        row, column = _first_text(given)
        raise DataError(
            f"{name} holds {given[row, column]!r} in row {row}, column {column}; "
            "every value must be a number"
        ) from None
    # Kernels are compiled for writable arrays, and a mapped archive begins anywhere.
    return numbers if numbers.flags.writeable and numbers.flags.aligned else numbers.copy()


def _first_text(given: NDArray[Any]) -> tuple[int, int]:
    for row, values in enumerate(given):
        for column, value in enumerate(values):
            try:
                float(value)
            except (TypeError, ValueError):
                return row, column
    return 0, 0
