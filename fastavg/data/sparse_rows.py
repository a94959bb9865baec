"""Rows of which only what is not zero is kept.

``values`` and ``features`` hold the entries of all rows, one row after the other, and
``spans`` says where those of each row are.  A selection of rows has spans of its own and
shares the entries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.data.checks import check_features
from fastavg.errors import DataError

# Above this part of entries that are not zero, products of dense rows are faster, and
# nearly as small.
MOST_FILLED = 0.1


@dataclass(frozen=True, eq=False)
class SparseRows:
    """Sparse features.

    Parameters
    ----------
    values : array (n_entries,) of float32 or float64
        The entries of all rows.
    features : array (n_entries,) of int32
        Their columns.
    spans : array (n_rows, 2) of int64
        Where the entries of each row begin and end.
    n_features : int
        Columns.

    Examples
    --------
    >>> rows = SparseRows(
    ...     np.array([7.0, 5.0]), np.array([1, 0], np.int32), np.array([[0, 1], [1, 2]]), 3
    ... )
    >>> rows.shape, rows[np.array([1])].toarray()
    ((2, 3), array([[5., 0., 0.]]))
    """

    values: NDArray[np.floating]
    features: NDArray[np.int32]
    spans: NDArray[np.int64]
    n_features: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.spans), self.n_features

    @property
    def dtype(self) -> np.dtype[Any]:
        """Of the values."""
        return self.values.dtype

    def __len__(self) -> int:
        return len(self.spans)

    def __getitem__(self, chosen: Any) -> SparseRows:
        """Some of the rows, by a slice or an array of row numbers; the entries are shared."""
        spans = np.ascontiguousarray(self.spans[chosen])
        return SparseRows(self.values, self.features, spans, self.n_features)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Entries of each row, (n_rows,)."""
        lengths: NDArray[np.int64] = self.spans[:, 1] - self.spans[:, 0]
        return lengths

    def scaled(self, factor: NDArray[np.float64] | float, dtype: DTypeLike) -> SparseRows:
        """The rows times a factor for each column, computed in float64.

        Parameters
        ----------
        factor : array (n_features,) or float
            1 changes nothing but the dtype.
        dtype : dtype
            Of the result.
        """
        own = factor if isinstance(factor, float) else factor[self.features]
        values = (self.values * own).astype(dtype)
        return SparseRows(values, self.features, self.spans, self.n_features)

    def most_entries(self, rows: int) -> int:
        """Entries that so many rows have at most.

        Parameters
        ----------
        rows : int
            How many rows, one or more.
        """
        lengths = self.lengths
        if rows < len(lengths):
            lengths = np.partition(lengths, len(lengths) - rows)[len(lengths) - rows :]
        return int(lengths.sum())

    def as_numbers(self) -> NDArray[np.floating]:
        """The spans as kernels copy them into the input block, (n_rows, 16 bytes) of ``dtype``.

        Their bits are two int64; as numbers they mean nothing.
        """
        numbers: NDArray[np.floating] = self.spans.view(self.dtype)
        return numbers

    def toarray(self) -> NDArray[np.floating]:
        """The rows with their zeros, (n_rows, n_features)."""
        dense = np.zeros(self.shape, self.dtype)
        for row, (begin, end) in zip(dense, self.spans.tolist(), strict=True):
            # An entry that is there twice counts twice.
            np.add.at(row, self.features[begin:end], self.values[begin:end])
        return dense


def is_sparse(X: Any) -> bool:
    """True for SparseRows and for scipy's sparse arrays and matrices.

    Parameters
    ----------
    X : any
        What a user hands in.
    """
    return hasattr(X, "toarray") and hasattr(X, "shape")


def is_thin(X: Any) -> bool:
    """True if sparse rows have so few entries that they stay sparse.

    Parameters
    ----------
    X : scipy sparse array or matrix (n_rows, n_columns)
        Of any format.

    Examples
    --------
    >>> from scipy.sparse import eye_array
    >>> is_thin(eye_array(10)), is_thin(eye_array(9))
    (True, False)
    """
    return bool(X.nnz <= MOST_FILLED * X.shape[0] * X.shape[1])


def as_features(
    X: Any, dtype: DTypeLike, n_features: int, finite: bool = False
) -> NDArray[np.floating] | SparseRows:
    """X in the form that networks are trained on: sparse if it is and is thin, else dense.

    Parameters
    ----------
    X : array-like, or scipy sparse array or matrix (n_rows, n_features)
        Finite numbers of any real type.
    dtype : dtype
        float32 or float64.
    n_features : int
        Columns that it must have.
    finite : bool, default False
        True if X is known to hold finite numbers.

    Returns
    -------
    array or SparseRows (n_rows, n_features)
        Of that dtype; a copy only where that needs one.

    Raises
    ------
    DataError
        If it is no matrix of finite numbers; row and column are counted from 0.
    """
    if isinstance(X, SparseRows):
        return X if X.dtype == dtype else X.scaled(1.0, dtype)
    if not is_sparse(X):
        return check_features(X, dtype, n_features, finite=finite)
    return check_sparse(X, dtype, n_features) if is_thin(X) else check_features(
        X.toarray(), dtype, n_features
    )


def check_sparse(X: Any, dtype: DTypeLike, n_features: int) -> SparseRows:
    """Sparse rows of a dtype, checked; a copy only where that needs one.

    Parameters
    ----------
    X : scipy sparse array or matrix (n_rows, n_features)
        Of any format; CSR is not copied.
    dtype : dtype
        float32 or float64.
    n_features : int
        Columns that it must have.

    Returns
    -------
    SparseRows
        Finite numbers of that dtype.

    Raises
    ------
    DataError
        If it is no matrix of finite numbers; row and column are counted from 0.
    """
    if len(X.shape) != 2 or 0 in X.shape:
        raise DataError(
            f"X has shape {X.shape}; it must be (rows, columns) with at least one of each"
        )
    if X.shape[1] != n_features:
        raise DataError(f"X has {X.shape[1]} columns; the network takes {n_features}")
    if X.dtype.kind not in "fiub":
        raise DataError(f"X holds {X.dtype} values; every value must be a real number")
    rows = X.tocsr()
    try:
        rows.check_format(full_check=True)
    except ValueError as error:
        raise DataError(f"X is no valid sparse matrix: {error}") from None
    starts = rows.indptr.astype(np.int64)
    with np.errstate(over="ignore"):
        values = np.ascontiguousarray(rows.data[: starts[-1]], dtype)
    wrong = np.flatnonzero(~np.isfinite(values))
    if wrong.size:
        at = int(wrong[0])
        row = int(np.searchsorted(starts, at, "right")) - 1
        raise DataError(
            f"X holds {rows.data[at]} in row {row}, column {rows.indices[at]}; every value must "
            f"be a finite number of {np.dtype(dtype)}"
        )
    features = np.ascontiguousarray(rows.indices[: starts[-1]], np.int32)
    return SparseRows(
        values, features, np.stack([starts[:-1], starts[1:]], axis=1), int(X.shape[1])
    )
