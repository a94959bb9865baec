"""The digits of the experiment: fastavg's own, or the original files of the paper's data."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastavg.datasets import load_digits5k
from fastavg.errors import DataError

TEXT_FILES = ("digitInput.txt", "digitOutput.txt")


@dataclass(frozen=True, eq=False)
class Digits:
    """Images row by row, and which digit each shows.

    Parameters
    ----------
    X : array (n_rows, 400)
        Pixels of 20 by 20 images, column by column, about 0 to 1.
    y : array (n_rows,) of int64
        The digits 0 to 9.
    source : str
        Where they come from, for a person.
    """

    X: NDArray[np.floating]
    y: NDArray[np.int64]
    source: str

    def digest(self) -> str:
        """SHA-256 of all numbers."""
        found = hashlib.sha256(np.ascontiguousarray(self.X).tobytes())
        found.update(np.ascontiguousarray(self.y).tobytes())
        return found.hexdigest()


def read_digits(path: str | Path | None = None) -> Digits:
    """Read the experiment's data.

    Parameters
    ----------
    path : str or Path, optional
        ``ex4data1.mat`` (or another .mat file with X and y, where 10 stands for the digit
        0), or the folder of ``digitInput.txt`` and ``digitOutput.txt`` (or the first of
        these files): one image a line, and one line of ten numbers for each image, 1 in
        the digit's column, the digit 0 last.  The embedded digits if not given.

    Raises
    ------
    DataError
        If there is no such file, or it holds something else.

    Examples
    --------
    >>> read_digits().X.shape
    (5000, 400)
    """
    if path is None:
        X, y = load_digits5k()
        return Digits(X, y, "the embedded 5,000 digits, 20 x 20 pixels, a subset of MNIST")
    path = Path(path)
    if path.is_dir():
        path = path / TEXT_FILES[0]
    if not path.exists():
        raise DataError(
            f"{path}: there is no such file; give a .mat file or the folder of "
            f"{TEXT_FILES[0]} and {TEXT_FILES[1]}"
        )
    X, y = _read_mat(path) if path.suffix == ".mat" else _read_text(path)
    if X.ndim != 2 or len(X) != len(y) or len(X) < 10 or not np.isfinite(X).all():
        raise DataError(
            f"{path}: X is {X.shape} and y {y.shape}; "
            "one row of finite numbers and one digit for each image is needed"
        )
    if not np.array_equal(np.unique(y), np.arange(10)):
        raise DataError(f"{path}: the digits are {np.unique(y).tolist()}; all of 0 to 9 are needed")
    return Digits(X, y, path.name)


def _read_mat(path: Path) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    from scipy.io import loadmat

    try:
        file = loadmat(path)
        X, y = np.asarray(file["X"], np.float64), np.asarray(file["y"]).ravel()
    except KeyError as missing:
        raise DataError(f"{path}: it holds no {missing}; X and y are needed") from None
    except Exception as error:
        raise DataError(f"{path}: it is not a .mat file that scipy reads ({error})") from None
    return X, y.astype(np.int64) % 10


def _read_text(path: Path) -> tuple[NDArray[np.floating], NDArray[np.int64]]:
    other = path.with_name(path.name.replace("Input", "Output").replace("input", "output"))
    if other == path or not other.exists():
        raise DataError(f"{path}: the file of its digits, {TEXT_FILES[1]}, is not beside it")
    try:
        X, Y = (np.loadtxt(each, ndmin=2, comments=None) for each in (path, other))
    except ValueError as error:
        raise DataError(
            f"{path}: it or {other.name} holds something else than numbers ({error})"
        ) from None
    if Y.shape[1] == 1:
        return X, Y[:, 0].astype(np.int64) % 10
    return X, (Y.argmax(axis=1) + 1) % Y.shape[1]
