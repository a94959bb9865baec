"""The rows of a run: read, checked, split and scaled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg import ConfigError, DataError
from fastavg.communicators import Communicator
from fastavg.communicators.agreement import agree, fingerprint
from fastavg.data.checks import as_table, check_finite
from fastavg.data.frame import Frame
from fastavg.data.from_root import from_root, parts_of
from fastavg.data.preprocessing.scaling import Scaling, fit_scaling, fit_sparse_scaling
from fastavg.data.preprocessing.target_scaling import TargetScaling, fit_target_scaling
from fastavg.data.readers.by_suffix import read
from fastavg.data.readers.suffixes import Request
from fastavg.data.sparse_rows import SparseRows, check_sparse, is_sparse, is_thin
from fastavg.data.split import split_rows
from fastavg.data.table import Table, as_labels
from fastavg.data.target_kind import labels_of_one_hot, target_kind
from fastavg.datasets import load_digits5k
from fastavg.machine.resources import usable_memory

SPLIT_SEED, TEST_SIZE = 0, 0.3
SOURCES = ("each", "root")
# With these scalings sparse rows stay sparse.
ZEROS_STAY = ("auto", "none", "maxabs")


@dataclass(frozen=True, eq=False)
class Rows:
    """Training rows as the network sees them, and test rows as they came.

    Parameters
    ----------
    X : array or SparseRows (n_rows, n_features)
        Features of the training rows, scaled.
    y : array (n_rows,) or (n_rows, n_outputs)
        Their targets: labels, or numbers in the user's units.
    X_test : array or SparseRows (n_test_rows, n_features)
        Features of the test rows, not scaled.
    y_test : array (n_test_rows,) or (n_test_rows, n_outputs)
        Their targets.
    target : str
        ``class`` or ``number``.
    scaling : Scaling or None
        What was done to X; None if nothing was.
    feature_names : tuple of str or None
        The columns' names, if the file has any.
    target_scaling : TargetScaling or None
        That of numbers, from the training rows; None for classes, and for numbers that are
        trained on as they are.
    guessed : bool
        True if nobody said what the target is.
    test_numbers : array (n_test_rows,) of int, optional
        Which rows of the file they are, from 0.
    weights : array (n_rows,), optional
        How much each training row counts; all the same if None.
    """

    X: NDArray[Any] | SparseRows
    y: NDArray[Any]
    X_test: NDArray[Any] | SparseRows
    y_test: NDArray[Any]
    target: str
    scaling: Scaling | None
    feature_names: tuple[str, ...] | None
    target_scaling: TargetScaling | None = None
    guessed: bool = False
    test_numbers: NDArray[np.int64] | None = None
    weights: NDArray[Any] | None = None

    @property
    def n_outputs(self) -> int:
        """Units of the last layer."""
        if self.target == "class":
            return len(np.unique(self.y))
        return 1 if self.y.ndim == 1 else self.y.shape[1]

    def unscaled(self) -> Rows:
        """The same rows, of which numbers are trained on as they are."""
        return replace(self, target_scaling=None)

    def scaled(self, y: NDArray[Any]) -> NDArray[Any]:
        """Targets as the network is trained on them.

        Parameters
        ----------
        y : array (n_rows,) or (n_rows, n_outputs)
            Targets in the user's units.
        """
        if self.target_scaling is None:
            return y
        return self.target_scaling.apply(y.reshape(len(y), -1)).reshape(y.shape)


def open_table_on(
    ranks: Communicator, path: Path | None, target: str | None, data_from: str
) -> Table:
    """The table on every rank: each reads it, or ``root`` does and sends it.

    Parameters
    ----------
    ranks : Communicator
        Between ranks.
    path : Path or None
        The file; None for the digits that come with fastavg.
    target : str or None
        What becomes y: a column, an array, or a ``.npy`` file.
    data_from : str
        ``each``: every rank reads the file; ``root``: rank 0 alone does.

    Returns
    -------
    Table
        The same on every rank.

    Raises
    ------
    DataError
        If the file cannot be used.
    ConfigError
        If ``data_from`` is neither.
    RankMismatch
        If the ranks have read different files.
    """
    if data_from not in SOURCES:
        raise ConfigError(f"data-from {data_from!r} is unknown; choose {', '.join(SOURCES)}")
    if data_from == "each":
        table = open_table(path, target)
        if ranks.size > 1:
            # Of the rows kept for testing as well, which training does not compare.
            parts = [*parts_of(table.X).values(), *([] if table.y is None else [table.y])]
            agree({"data": fingerprint(*parts)}, ranks)
        return table
    return from_root(open_table(path, target) if ranks.rank == 0 else None, ranks)


def open_table(
    path: Path | None, target: str | None, names: tuple[str, ...] | None = None
) -> Table:
    """The file's table, or the digits that come with fastavg.

    Parameters
    ----------
    path : Path or None
        The file; None for the digits that come with fastavg.
    target : str or None
        What becomes y: a column, an array, or a ``.npy`` file.
    names : tuple of str, optional
        The only columns that matter, where the file has them all; others may hold anything.

    Raises
    ------
    DataError
        If the file cannot be used, or holds anything but finite numbers.
    """
    if path is None:
        return Table(*load_digits5k())
    made = read(path, Request(target, names))
    if isinstance(made, Frame):
        if names is not None and set(names) <= set(made.names):
            made = made.select([name for name in made.names if name in {*names, target}])
        return made.arrays(target)
    return made if is_sparse(made.X) and is_thin(made.X) else _dense(made)


def read_frame(
    path: Path | None, names: tuple[str, ...], target: str | None = None
) -> Frame:
    """The named columns of a file for a model of a table.

    Parameters
    ----------
    path : Path or None
        The file.
    names : tuple of str
        The columns that the model looks up; others need not be read.
    target : str, optional
        The column with the truth, if it is to be read too.

    Raises
    ------
    DataError
        If there is no file, or it has no named columns.
    ConfigError
        If there is no such target column.
    """
    if path is None:
        raise DataError("a file with the columns of the model's table is needed")
    made = read(path, Request(target, names))
    if not isinstance(made, Frame):
        raise DataError(
            f"{path} holds arrays; the model was trained on named columns: "
            f"{', '.join(names)[:200]}"
        )
    return made


def dense_features(X: Any) -> Any:
    """Rows with their zeros, if there is memory for them; dense rows are themselves.

    Parameters
    ----------
    X : array, SparseRows, or scipy sparse array or matrix (n_rows, n_features)
        Features.

    Raises
    ------
    DataError
        If they would not fit.
    """
    if not is_sparse(X):
        return X
    size = X.shape[0] * X.shape[1] * X.dtype.itemsize
    if size > usable_memory():
        raise DataError(
            f"X has {X.shape[0]} x {X.shape[1]} values with its zeros, {size / 1e6:.0f} MB, more "
            "than the memory that is free; scale none or maxabs would keep sparse rows sparse"
        )
    return X.toarray()


def _dense(table: Table) -> Table:
    if not is_sparse(table.X):
        return table
    return replace(table, X=dense_features(table.X.astype(np.float32)))


def held_out_digits() -> Table:
    """The digits that ``fastavg train`` keeps for testing unless it is told otherwise."""
    X, y = load_digits5k()
    _, test = split_rows(y, TEST_SIZE, SPLIT_SEED, by_class=True)
    return Table(X[test], y[test])


def with_target(table: Table, path: Path | None) -> NDArray[Any]:
    """The table's y.

    Parameters
    ----------
    table : Table
        What a file holds.
    path : Path or None
        The file, for messages.

    Raises
    ------
    DataError
        If it has none.
    """
    if table.y is None:
        names = ", ".join(table.feature_names or ())[:200]
        raise DataError(
            f"{path} has no target; --target names it, one of {names}" if names
            else f"{path} has no target; --target names the .npy file that holds it"
            if path is not None and path.suffix.lower() == ".npy"
            else f"{path} has no array y; it must hold X and y"
        )
    return table.y


def prepare(
    table: Table, y: NDArray[Any], kind: str, scale: str, test_size: float, dtype: str
) -> Rows:
    """Split, then learn the scaling from the training rows alone.

    The same rows test whatever the seed of training, so that runs can be compared.

    Parameters
    ----------
    table : Table
        Features, and their names.
    y : array (n_rows,) or (n_rows, n_outputs)
        Targets.
    kind : str
        ``class`` or ``number``; ``auto`` takes fractions and several outputs for numbers.
    scale : str
        See :func:`fastavg.data.preprocessing.scaling.fit_scaling`.
    test_size : float
        Part of the rows that test; at least 0 and below 1.
    dtype : str
        Of the scaled rows: ``float32`` or ``float64``.

    Raises
    ------
    DataError
        If X or y holds what cannot be trained on.
    ConfigError
        If a setting is impossible.
    """
    zeros_stay = is_sparse(table.X) and scale in ZEROS_STAY
    X: Any = table.X if zeros_stay else as_table(_dense(table).X)
    if zeros_stay:
        X = check_sparse(X, np.float64, X.shape[1])
    else:
        check_finite(X, "X")
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    labels = labels_of_one_hot(y) if kind != "number" else None
    y = y if labels is None else labels
    if y.dtype.kind == "f":
        check_finite(y.reshape(len(y), -1), "y")
        y = as_labels(y) if kind != "number" else y
    target = target_kind(y, kind)
    train, test = split_rows(y, test_size, SPLIT_SEED, by_class=target == "class")
    # Without test rows a mapped file stays where it is, if it need not be scaled either.
    rows = X[train] if len(test) else X
    fit = fit_sparse_scaling if zeros_stay else fit_scaling
    scaling = fit(scale, rows)
    return Rows(
        X=scaled_features(rows, scaling, dtype),
        y=y[train], X_test=X[test], y_test=y[test], target=target, scaling=scaling,
        feature_names=table.feature_names, guessed=kind == "auto",
        test_numbers=test, weights=None if table.weights is None else table.weights[train],
        target_scaling=_target_scaling(y[train]) if target == "number" else None,
    )


def _target_scaling(y: NDArray[Any]) -> TargetScaling:
    return fit_target_scaling(y.reshape(len(y), -1))


def scaled_features(X: Any, scaling: Scaling | None, dtype: str) -> Any:
    """Rows as the network sees them; sparse ones stay sparse where zeros stay zeros.

    Parameters
    ----------
    X : array, SparseRows, or scipy sparse array or matrix (n_rows, n_features)
        Rows as they came.
    scaling : Scaling, optional
        None leaves them as they are.
    dtype : str
        ``float32`` or ``float64``, of what is scaled.
    """
    if scaling is None:
        return X
    if is_sparse(X) and scaling.keeps_zeros:
        rows = X if isinstance(X, SparseRows) else check_sparse(X, np.float64, X.shape[1])
        return scaling.apply_sparse(rows, dtype)
    return scaling.apply(X.toarray() if is_sparse(X) else X, dtype)
