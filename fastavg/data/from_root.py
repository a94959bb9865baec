"""One rank reads, all ranks have: arrays and names travel from rank 0 as bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators import Communicator
from fastavg.data.sparse_rows import is_sparse
from fastavg.data.table import Table
from fastavg.errors import DataError

SPARSE = ("values", "features", "starts")


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
        arrays = {name: np.ascontiguousarray(part) for name, part in parts_of(table.X).items()}
        if table.y is not None:
            arrays["y"] = np.ascontiguousarray(table.y)
        for name, array in arrays.items():
            if array.dtype.hasobject:
                raise DataError(f"{name} holds Python objects; ranks can be sent numbers and text")
        forms = [(name, array.dtype.str, array.shape) for name, array in arrays.items()]
        note = json.dumps([forms, table.feature_names, table.X.shape[1]]).encode()
    length = np.array([len(note)], np.int64)
    communicator.broadcast(length)
    letters = np.zeros(int(length[0]), np.uint8)
    letters[: len(note)] = np.frombuffer(note, np.uint8)
    communicator.broadcast(letters)
    forms, names, columns = json.loads(letters.tobytes())
    for name, dtype, shape in forms:
        array = arrays.setdefault(name, np.empty(shape, dtype))
        communicator.broadcast(array.reshape(-1).view(np.uint8))
    if "X" not in arrays:
        from scipy.sparse import csr_array

        values, features, starts = (arrays[name] for name in SPARSE)
        arrays["X"] = csr_array((values, features, starts), shape=(len(starts) - 1, columns))
    return Table(arrays["X"], arrays.get("y"), tuple(names) if names else None)


def parts_of(X: Any) -> dict[str, NDArray[Any]]:
    """The arrays that X consists of, by name.

    Parameters
    ----------
    X : array, or scipy sparse array or matrix (n_rows, n_features)
        Features.

    Examples
    --------
    >>> list(parts_of(np.eye(2)))
    ['X']
    """
    if not is_sparse(X):
        return {"X": X}
    rows = X.tocsr()
    return dict(zip(SPARSE, (rows.data, rows.indices, rows.indptr), strict=True))
