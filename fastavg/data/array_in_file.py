"""Arrays at places of an open file, read and written whole."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray


def read_array(descriptor: int, array: NDArray[np.floating], at: int) -> None:
    """Fill an array with the bytes at a place of a file.

    Parameters
    ----------
    descriptor : int
        Of the file, open for reading.
    array : array
        Overwritten; contiguous.
    at : int
        The place, in bytes.

    Raises
    ------
    OSError
        If the file cannot be read, or ends before.
    """
    view = array.reshape(-1).view(np.uint8).data
    while len(view):
        count = os.preadv(descriptor, [view], at)
        if not count:
            raise OSError("it is shorter than it was written")
        view, at = view[count:], at + count


def write_array(descriptor: int, array: NDArray[np.floating], at: int) -> None:
    """Write the bytes of an array to a place of a file.

    Parameters
    ----------
    descriptor : int
        Of the file, open for writing.
    array : array
        What is written.
    at : int
        The place, in bytes.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    view = np.ascontiguousarray(array).reshape(-1).view(np.uint8).data
    while len(view):
        count = os.pwrite(descriptor, view, at)
        view, at = view[count:], at + count
