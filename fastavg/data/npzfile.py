"""NumPy archives with X and y; nothing is unpickled, nothing is larger than it says."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from fastavg.data.table import Table
from fastavg.errors import DataError
from fastavg.hardware import usable_memory


def read_npz(path: Path) -> Table:
    """X and, if there is one, y of an archive.

    Raises
    ------
    DataError
        If it is damaged, lacks X, or holds anything but numbers and text.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if "X.npy" not in members:
                held = ", ".join(name.removesuffix(".npy") for name in members) or "nothing"
                raise DataError(f"{path} holds {held[:200]}; it must hold the arrays X and y")
            wanted = [name for name in ("X", "y") if f"{name}.npy" in members]
            size = sum(members[f"{name}.npy"].file_size for name in wanted)
            if size > usable_memory():
                raise DataError(
                    f"{path} unpacks to {size / 1e6:.0f} MB, more than the memory that is free"
                )
            arrays = {}
            for name in wanted:
                with archive.open(f"{name}.npy") as file:
                    arrays[name] = _array(file, members[f"{name}.npy"].file_size, name, path)
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{path} is damaged, or no .npz file at all: {error}") from None
    X, y = arrays["X"], arrays.get("y")
    if y is not None and len(np.atleast_1d(y)) != len(np.atleast_1d(X)):
        raise DataError(
            f"{path}: X has {len(np.atleast_1d(X))} rows and y {len(np.atleast_1d(y))}; "
            "each row needs one target"
        )
    return Table(X, y)


def _array(file: IO[bytes], size: int, name: str, path: Path) -> NDArray[Any]:
    """One member; its header is believed only if it fits the member's size."""
    version = npy.read_magic(file)
    read_header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, dtype = read_header(file)
    if dtype.kind not in "fiubU":
        raise DataError(f"{path}: {name} holds {dtype} values; numbers are needed")
    count = int(np.prod(shape, dtype=object)) if shape else 1
    if file.tell() + count * dtype.itemsize != size:
        raise DataError(f"{path}: {name} is not as long as its header says; the file is damaged")
    values = np.empty(count, dtype)
    flat = values.view(np.uint8)
    at = 0
    while at < flat.size:
        part = file.read(min(1 << 24, flat.size - at))
        if not part:
            raise DataError(f"{path}: {name} is cut short; the file is damaged")
        flat[at : at + len(part)] = np.frombuffer(part, np.uint8)
        at += len(part)
    return values.reshape(shape[::-1]).T if fortran else values.reshape(shape)
