"""One rank reads, all ranks have: arrays and names travel from rank 0 as bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.data.table import Table
from fastavg.errors import DataError


def from_root(table: Table | None, communicator: Communicator) -> Table:
    """Rank 0's table, on every rank.

    Parameters
    ----------
    table : Table or None
        Rank 0's; what others give is not looked at.
    communicator : Communicator
        The ranks that take part; every one of them must call this.

    Returns
    -------
    Table
        Equal on every rank; rank 0's own where it is alone.

    Raises
    ------
    DataError
        On rank 0, if an array holds Python objects, which have no bytes to send.

    Examples
    --------
    >>> from fastavg.communicators import LocalCommunicator
    >>> table = Table(np.ones((2, 3)), np.array([0, 1]))
    >>> from_root(table, LocalCommunicator()) is table
    True
    """
    if communicator.size == 1 and table is not None:
        return table
    arrays: dict[str, NDArray[Any]] = {}
    note = b""
    if communicator.rank == 0 and table is not None:
        arrays = {"X": np.ascontiguousarray(table.X)}
        if table.y is not None:
            arrays["y"] = np.ascontiguousarray(table.y)
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise DataError(f"{name} holds Python objects; ranks can be sent numbers and text")
        forms = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
        note = json.dumps([forms, table.feature_names]).encode()
    length = np.array([len(note)], np.int64)
    communicator.broadcast(length)
    letters = np.zeros(int(length[0]), np.uint8)
    letters[: len(note)] = np.frombuffer(note, np.uint8)
    communicator.broadcast(letters)
    forms, names = json.loads(letters.tobytes())
    for name, dtype, shape in forms:
        array = arrays.setdefault(name, np.empty(shape, dtype))
        communicator.broadcast(array.reshape(-1).view(np.uint8))
    return Table(arrays["X"], arrays.get("y"), tuple(names) if names else None)
