"""Parts of a .npy file: ranges of its rows, read where they are needed."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.checks import check_finite
from fastavg.data.partitions import even_cut
from fastavg.data.readers.npy import Form, map_array, read_form
from fastavg.data.table import Table
from fastavg.errors import DataError


class NpyFile(NamedTuple):
    """An array in a file, of which single rows are read.

    Parameters
    ----------
    path : Path
        The file.
    form : Form
        Shape, order, dtype and offset.
    """

    path: Path
    form: Form

    def rows(self, start: int, stop: int) -> NDArray[Any]:
        """Some rows, as an array of this process alone.

        Pages of a mapped file would stay in the process's memory after they are copied.

        Parameters
        ----------
        start, stop : int
            The first row, and the one after the last.
        """
        form = self.form
        if form.fortran and len(form.shape) > 1:
            return np.array(map_array(self.path, form)[start:stop])
        width = form.size // max(1, form.shape[0])
        with self.path.open("rb") as file:
            file.seek(form.at + start * width * form.dtype.itemsize)
            numbers = np.fromfile(file, form.dtype, (stop - start) * width)
        if len(numbers) < (stop - start) * width:
            raise DataError(f"{self.path} is shorter than it was when training began")
        return numbers.reshape(stop - start, *form.shape[1:])


class NpyParts:
    """Even parts of the rows of X and y; see :class:`fastavg.data.parts.contract.PartSource`.

    Parameters
    ----------
    X, y : NpyFile
        Features (n_rows, n_features), and targets (n_rows,) or (n_rows, n_outputs).
    workers : int
        How many parts.

    Raises
    ------
    ConfigError
        If there are more workers than rows.
    """

    names, weighted = None, False

    def __init__(self, X: NpyFile, y: NpyFile, workers: int) -> None:
        self._X, self._y = X, y
        self._cut = even_cut(X.form.shape[0], workers)
        self.sizes, self.n_features = self._cut.sizes, X.form.shape[1]

    def read(self, part: int, start: int, stop: int) -> Table:
        """Some rows of a part; see :meth:`PartSource.read`.

        Parameters
        ----------
        part : int
            Which part.
        start, stop : int
            The first row, counted within the part, and the one after the last.
        """
        first = self._cut.start(part)
        try:
            X = self._X.rows(first + start, first + stop)
            y = self._y.rows(first + start, first + stop)
        except OSError as error:
            name = error.filename or self._X.path
            raise DataError(f"{name} cannot be read: {error.strerror or error}") from None
        check_finite(X, f"{self._X.path}: X", first + start)
        if y.dtype.kind == "f":
            check_finite(y.reshape(len(y), -1), f"{self._y.path}: y", first + start)
        return Table(X, y)


def open_npy(path: Path, target: str | None, workers: int) -> NpyParts:
    """The parts of two .npy files.

    Parameters
    ----------
    path : Path
        The file of X.
    target : str or None
        The file of y.
    workers : int
        How many parts.

    Raises
    ------
    DataError
        If a file cannot be used, or they do not fit each other.
    """
    if target is None or Path(target).suffix.lower() != ".npy":
        raise DataError(f"{path} has no target; --target names the .npy file that holds it")
    X, y = (open_npy_file(each, name) for each, name in ((path, "X"), (Path(target), "y")))
    if len(X.form.shape) != 2 or 0 in X.form.shape:
        raise DataError(f"{path} has shape {X.form.shape}; it must be (rows, columns)")
    if y.form.shape[:1] != X.form.shape[:1]:
        raise DataError(
            f"{path} and {target}: X has {X.form.shape[0]} rows and y {y.form.shape[:1]}; each row "
            "needs one target"
        )
    return NpyParts(X, y, workers)


def open_npy_file(path: Path, name: str) -> NpyFile:
    """What a .npy file says of its array; no row is read.

    Parameters
    ----------
    path : Path
        The file.
    name : str
        What messages call the array.

    Raises
    ------
    DataError
        If it cannot be read, or is no such file.
    """
    try:
        with path.open("rb") as file:
            return NpyFile(path, read_form(file, path.stat().st_size, name, path))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    except (EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is damaged, or no .npy file at all: {error}") from None
