"""IDX files: the format of MNIST's images and labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.readers.dialect import open_bytes
from fastavg.data.readers.npy import check_lengths
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.table import Table
from fastavg.errors import DataError

DTYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}


@reads("-ubyte", ".idx")
def read_idx(path: Path, request: Request) -> Table:
    """Images as rows of X, and the labels of the file beside it as y.

    ``train-images-idx3-ubyte`` finds ``train-labels-idx1-ubyte``, packed or not;
    ``request.target`` may name another file.

    Parameters
    ----------
    path : Path
        The file of the images, packed or not.
    request : Request
        Its target is the path of the file of the labels; the one beside it if not given.

    Returns
    -------
    Table
        X (n_images, n_pixels) in the file's own dtype, and y (n_images,), integers as int64.

    Raises
    ------
    DataError
        If a file is damaged, or X and y have different lengths.
    """
    X = _array(path)
    if X.ndim < 2:
        raise DataError(f"{path} holds one number for each row; give the file of the images")
    X = X.reshape(len(X), -1)
    labels = _labels_of(path) if request.target is None else Path(request.target)
    if labels is None:
        return Table(X, None)
    y = _array(labels)
    check_lengths(X, y, f"{path} and {labels}")
    return Table(X, y.astype(np.int64) if y.dtype.kind in "iu" else y)


def _labels_of(path: Path) -> Path | None:
    name = path.name.replace("images", "labels").replace("idx3", "idx1")
    if name == path.name:
        return None
    plain = name.removesuffix(".gz")
    return next(
        (path.with_name(each) for each in (name, plain, f"{plain}.gz")
         if path.with_name(each).exists()), None,
    )


def _array(path: Path) -> NDArray[Any]:
    try:
        with open_bytes(path) as file:
            whole = file.read()
    except (EOFError, OSError) as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        raise DataError(f"{path} is damaged: {error}") from None
    if len(whole) < 4 or whole[:2] != b"\0\0" or whole[2] not in DTYPES:
        raise DataError(f"{path} is no IDX file: its first bytes are {whole[:4].hex(' ')}")
    dimensions, dtype = whole[3], np.dtype(DTYPES[whole[2]])
    begin = 4 + 4 * dimensions
    shape = [int.from_bytes(whole[at : at + 4], "big") for at in range(4, begin, 4)]
    size = dtype.itemsize
    for length in shape:
        size *= length
    if not dimensions or len(whole) != begin + size:
        raise DataError(f"{path} is not as long as its header says; the file is damaged")
    array = np.frombuffer(whole, dtype, offset=begin).reshape(shape)
    return array.astype(dtype.newbyteorder("="), copy=False)
