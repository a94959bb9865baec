"""Data files: which reader takes which."""

from __future__ import annotations

from pathlib import Path

from fastavg.data.readers.csv import read_csv
from fastavg.data.readers.npy import read_npy
from fastavg.data.readers.npz import read_npz
from fastavg.data.table import Table
from fastavg.errors import DataError


def read_table(path: str | Path, target: str | None = None) -> Table:
    """Read a data file.

    Parameters
    ----------
    path : str or path
        ``.npz`` with arrays ``X`` and ``y``, ``.npy`` with X alone, or ``.csv`` with
        numbers and a header.  ``.npy`` and ``.npz`` without compression are mapped into
        memory.
    target : str, optional
        The column of a CSV file, or the ``.npy`` file, that becomes ``y``.

    Raises
    ------
    DataError
        If the file cannot be read; names row and column where there are any.
    """
    path = Path(path)
    if path.is_dir():
        raise DataError(f"{path} is a folder; a .npz, .npy or .csv file is needed")
    if not path.exists():
        raise DataError(f"{path} does not exist; a .npz, .npy or .csv file is needed")
    try:
        if path.suffix.lower() == ".npz":
            return read_npz(path)
        if path.suffix.lower() == ".npy":
            return read_npy(path, target)
        if path.suffix.lower() == ".csv":
            return read_csv(path, target)
    except OSError as error:
        name = error.filename or path
        raise DataError(f"{name} cannot be read: {error.strerror or error}") from None
    raise DataError(f"{path} is of no known kind; a .npz, .npy or .csv file is needed")
