"""MATLAB files: version 5 through scipy, version 7.3, which is HDF5, through h5py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.readers.hdf5 import is_hdf5, read_datasets
from fastavg.data.readers.npy import check_lengths
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import DataError


@reads(".mat")
def read_mat(path: Path, request: Request) -> Table:
    """X and y of a MATLAB file; ``request.target`` names another variable for y.

    Parameters
    ----------
    path : Path
        A MATLAB file of version 5 or 7.3.
    request : Request
        Its target names the variable that becomes y; ``y`` if not given.

    Returns
    -------
    Table
        X (n_rows, n_features) in its own dtype, and y; whole numbers of y as int64.

    Raises
    ------
    DataError
        If the file is damaged, lacks X, or holds anything but numbers.
    """
    if is_hdf5(path):
        # MATLAB stores columns first.
        arrays = {name: np.asarray(value).T for name, value in read_datasets(path).items()}
    else:
        arrays = _version_5(path)
    target = request.target or "y"
    if "X" not in arrays or (request.target and target not in arrays):
        missing = "X" if "X" not in arrays else target
        raise DataError(
            f"{path} holds no {missing}; it holds {', '.join(sorted(arrays))[:200] or 'nothing'}"
        )
    X, y = arrays["X"], arrays.get(target)
    if X.ndim != 2 or X.dtype.kind not in "fiub":
        raise DataError(f"{path}: X is {X.shape} of {X.dtype}; a matrix of numbers is needed")
    if y is None:
        return Table(X, None)
    if y.ndim == 2 and 1 in y.shape:
        y = y.ravel()
    check_lengths(X, y, str(path))
    whole = y.dtype.kind == "f" and bool(np.all(y == np.rint(y)))
    return Table(X, y.astype(np.int64) if whole else y)


def _version_5(path: Path) -> dict[str, NDArray[Any]]:
    from scipy.io import loadmat

    try:
        found = loadmat(path)
    except Exception as error:
        raise DataError(f"{path} is damaged, or no .mat file at all: {error}") from None
    return {
        name: value.toarray() if hasattr(value, "toarray") else np.asarray(value)
        for name, value in found.items() if not name.startswith("__")
    }
