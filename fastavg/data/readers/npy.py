"""NumPy files, mapped into memory: what is not looked at is not read.

Pages of a mapped file belong to the system, which drops them when memory is short and
keeps one copy for all processes of a host that read the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Literal, NamedTuple

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import DataError


class Form(NamedTuple):
    """What the header of an array says, and where its numbers begin.

    Parameters
    ----------
    shape : tuple of int
        Length of each axis.
    fortran : bool
        True if the first index runs fastest.
    dtype : dtype
        Type of the numbers.
    at : int
        Offset of the first number, in bytes from the beginning of the file.
    """

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    at: int

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1


def read_form(file: IO[bytes], size: int, name: str, path: Path) -> Form:
    """The header at the beginning of ``file``, believed only if it fits the size.

    Parameters
    ----------
    file : file object
        Bytes, positioned at the beginning of the array; afterwards at its first number.
    size : int
        Length of header and numbers together, in bytes.
    name : str
        What the array is called, for messages.
    path : Path
        The file that holds it, for messages.

    Returns
    -------
    Form
        Shape, order, dtype and offset.

    Raises
    ------
    DataError
        If it does not, or if the array holds anything but numbers and text.
    """
    version = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    form = Form(*read_header(file), file.tell())
    if form.dtype.kind not in "fiubU":
        raise DataError(f"{path}: {name} holds {form.dtype} values; numbers are needed")
    if form.at + form.size * form.dtype.itemsize != size:
        raise DataError(f"{path}: {name} is not as long as its header says; the file is damaged")
    return form


def map_array(path: Path, form: Form) -> NDArray[Any]:
    """The array where it is in the file; what is written to it stays in this process.

    One that begins in the middle of a number, as archives have them, would be copied for
    the kernels while the map is still there: it is read, and in memory once.

    Parameters
    ----------
    path : Path
        The file that holds the array.
    form : Form
        Its shape, order, dtype and offset.

    Returns
    -------
    array
        Of that shape and dtype.

    Raises
    ------
    OSError
        If the file cannot be read.
    """
    if not form.size:
        return np.empty(form.shape, form.dtype)
    order: Literal["F", "C"] = "F" if form.fortran else "C"
    if form.at % form.dtype.alignment:
        with path.open("rb") as file:
            file.seek(form.at)
            return np.fromfile(file, form.dtype, form.size).reshape(form.shape, order=order)
    mapped: NDArray[Any] = np.memmap(
        path, form.dtype, "c", form.at, form.shape, order
    )
    return mapped.view(np.ndarray)


@reads(".npy")
def read_npy(path: Path, request: Request) -> Table:
    """X of one file and, if ``request.target`` names another, y of that.

    Parameters
    ----------
    path : Path
        The file of X.
    request : Request
        Its target is the path of the file of y; none for X alone.

    Returns
    -------
    Table
        X and y in their own dtypes, mapped into memory where they can be.

    Raises
    ------
    DataError
        If a file is damaged, or holds anything but numbers and text, or if X and y
        have different lengths.
    """
    X, target = _map_file(path, "X"), request.target
    if target is None:
        return Table(X, None)
    if Path(target).suffix.lower() != ".npy":
        raise DataError(f"the target of {path} is {target}; it must be a .npy file too")
    y = _map_file(Path(target), "y")
    check_lengths(X, y, f"{path} and {target}")
    return Table(X, y)


def check_lengths(X: NDArray[Any], y: NDArray[Any], where: str) -> None:
    """Nothing, if each row has one target.

    Parameters
    ----------
    X : array (n_rows, ...)
        The rows.
    y : array (n_targets, ...)
        The targets.
    where : str
        The file, or files, that they come from, for messages.

    Raises
    ------
    DataError
        If there are more or fewer targets than rows.
    """
    rows, targets = len(np.atleast_1d(X)), len(np.atleast_1d(y))
    if rows != targets:
        raise DataError(f"{where}: X has {rows} rows and y {targets}; each row needs one target")


def _map_file(path: Path, name: str) -> NDArray[Any]:
    try:
        with path.open("rb") as file:
            return map_array(path, read_form(file, path.stat().st_size, name, path))
    except (EOFError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is damaged, or no .npy file at all: {error}") from None
