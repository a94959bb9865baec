"""HDF5 files: two arrays X and y, or one dataset for each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.frame_sources import frame_of
from fastavg.data.readers.npy import check_lengths
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError

SIGNATURE = b"\x89HDF\r\n\x1a\n"


@reads(".h5", ".hdf5", ".hdf")
def read_hdf5(path: Path, request: Request) -> Table | Frame:
    """X and y, or columns by name where every dataset is a vector of the same length.

    Parameters
    ----------
    path : Path
        An HDF5 file.
    request : Request
        Its target names the dataset that becomes y; ``y`` if not given.

    Returns
    -------
    Table or Frame
        X and y, or a Frame with a column for each dataset.

    Raises
    ------
    DataError
        If the file is damaged, or holds neither.
    ConfigError
        If the package h5py is not installed, or there is no such target.
    """
    arrays = read_datasets(path)
    held = ", ".join(f"{name} {value.shape}" for name, value in arrays.items())[:200] or "nothing"
    target = request.target or "y"
    if request.target is not None and target not in arrays:
        raise ConfigError(f"{path} has no dataset {target!r}; it holds {held}")
    if "X" in arrays:
        X, y = arrays["X"], arrays.get(target)
        if X.ndim != 2 or X.dtype.kind not in "fiub":
            raise DataError(f"{path}: X is {X.shape} of {X.dtype}; a matrix of numbers is needed")
        if y is not None:
            check_lengths(X, y, str(path))
        return Table(X, y)
    if arrays and {value.ndim for value in arrays.values()} == {1} and len(
        {len(value) for value in arrays.values()}
    ) == 1:
        return frame_of(arrays, str(path))
    raise DataError(
        f"{path} holds {held}; it must hold the arrays X and y, or one vector for each column"
    )


def is_hdf5(path: Path) -> bool:
    """True if a file is HDF5, whatever its name; MATLAB writes 512 bytes before it.

    Parameters
    ----------
    path : Path
        A file of any kind.

    Returns
    -------
    bool
        Whether the signature of HDF5 stands at byte 0 or at byte 512.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    with path.open("rb") as file:
        start = file.read(512 + len(SIGNATURE))
    return start.startswith(SIGNATURE) or start[512:] == SIGNATURE


def read_datasets(path: Path) -> dict[str, NDArray[Any]]:
    """The datasets at the top of an HDF5 file.

    Parameters
    ----------
    path : Path
        An HDF5 file.

    Returns
    -------
    dict of str to array
        Each dataset by its name, in its own shape and dtype; text as NumPy text.

    Raises
    ------
    DataError
        If the file is damaged.
    ConfigError
        If the package h5py is not installed.
    """
    try:
        import h5py
    except ImportError:
        raise ConfigError(
            "the package h5py is not installed; pip install 'fastavg[data]' brings it"
        ) from None
    try:
        with h5py.File(path) as file:
            return {
                name: _readable(value) for name, value in file.items()
                if isinstance(value, h5py.Dataset)
            }
    except (OSError, KeyError, RuntimeError) as error:
        if isinstance(error, PermissionError):
            raise
        raise DataError(f"{path} is damaged, or no HDF5 file at all: {error}") from None


def _readable(dataset: Any) -> NDArray[Any]:
    value = dataset[()]
    if value.dtype.kind in "OS":
        return np.asarray([
            each.decode("utf-8") if isinstance(each, bytes) else str(each) for each in value
        ])
    return np.asarray(value)
