"""NumPy archives with X and y; nothing is unpickled, nothing is larger than it says.

Members that are not compressed are mapped into memory where they are; their checksums
are compared all the same.
"""

from __future__ import annotations

import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.readers.npy import check_lengths, map_array, read_form
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import ConfigError, DataError
from fastavg.machine.resources import usable_memory

PIECE, ENCRYPTED = 1 << 24, 1


@reads(".npz")
def read_npz(path: Path, request: Request) -> Table:
    """X and, if there is one, y of an archive; ``request.target`` names another array for y.

    Parameters
    ----------
    path : Path
        An archive of arrays.
    request : Request
        Its target names the array that becomes y; ``y`` if not given.

    Returns
    -------
    Table
        X and y, in their own dtypes.

    Raises
    ------
    DataError
        If it is damaged, lacks X, or holds anything but numbers and text.
    ConfigError
        If there is no such target.
    """
    target = request.target or "y"
    try:
        with zipfile.ZipFile(path) as archive:
            members = {info.filename: info for info in archive.infolist()}
            if "X.npy" not in members:
                held = ", ".join(name.removesuffix(".npy") for name in members) or "nothing"
                raise DataError(f"{path} holds {held[:200]}; it must hold the arrays X and y")
            if request.target is not None and f"{target}.npy" not in members:
                held = ", ".join(name.removesuffix(".npy") for name in members)
                raise ConfigError(f"{path} has no array {target!r}; it holds {held[:200]}")
            wanted = [members[f"{name}.npy"] for name in ("X", target) if f"{name}.npy" in members]
            packed = [info for info in wanted if info.compress_type != zipfile.ZIP_STORED]
            size = sum(info.file_size for info in packed)
            if size > usable_memory():
                raise DataError(
                    f"{path} unpacks to {size / 1e6:.0f} MB, more than the memory that is free"
                )
            arrays = {
                info.filename.removesuffix(".npy"): _array(archive, info, path) for info in wanted
            }
    except (zipfile.BadZipFile, EOFError, ValueError, NotImplementedError, RuntimeError) as error:
        if isinstance(error, (ConfigError, DataError)):
            raise
        raise DataError(f"{path} is damaged, or no .npz file at all: {error}") from None
    X, y = arrays["X"], arrays.get(target)
    if y is not None:
        check_lengths(X, y, str(path))
    return Table(X, y)


def _array(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path) -> NDArray[Any]:
    name = info.filename.removesuffix(".npy")
    with archive.open(info) as file:
        form = read_form(file, info.file_size, name, path)
        if info.compress_type == zipfile.ZIP_STORED and not info.flag_bits & ENCRYPTED:
            # Reading to the end compares the checksum.
            while file.read(PIECE):
                pass
            return map_array(path, form._replace(at=_begin(path, info) + form.at))
        values = np.empty(form.size, form.dtype)
        flat = values.view(np.uint8)
        at = 0
        while at < flat.size:
            part = file.read(min(PIECE, flat.size - at))
            if not part:
                raise DataError(f"{path}: {name} is cut short; the file is damaged")
            flat[at : at + len(part)] = np.frombuffer(part, np.uint8)
            at += len(part)
    return values.reshape(form.shape[::-1]).T if form.fortran else values.reshape(form.shape)


def _begin(path: Path, info: zipfile.ZipInfo) -> int:
    # A member follows its own header: 30 bytes, its name and what else there is.
    with path.open("rb") as file:
        file.seek(info.header_offset + 26)
        name, extra = struct.unpack("<HH", file.read(4))
    return info.header_offset + 30 + int(name) + int(extra)
