"""DataFrames and other tables of Python programs as a :class:`~fastavg.data.frame.Frame`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from fastavg.data.column_types import with_types
from fastavg.data.frame import Frame
from fastavg.data.names import check_distinct
from fastavg.errors import DataError


def frame_of(data: Any, source: str = "X") -> Frame:
    """A table of whatever library as a frame.

    Parameters
    ----------
    data : Frame, pandas or polars DataFrame, pyarrow Table, dict of columns, or array
        An array (n_rows, n_columns) gets the names ``x0``, ``x1``, ...
    source : str
        What messages call it.

    Raises
    ------
    DataError
        If it is no table, has no rows, or two columns of one name.

    Examples
    --------
    >>> frame_of(np.array([[1, 2], [3, 4]])).names
    ('x0', 'x1')
    """
    if isinstance(data, Frame):
        return data
    columns = _arrow(data, source)
    names = columns.column_names
    check_distinct(names, source)
    if not columns.num_rows or not names:
        raise DataError(
            f"{source} has {columns.num_rows} rows and {len(names)} feature(s) "
            f"(shape={(columns.num_rows, len(names))}) while a minimum of 1 is required of each"
        )
    return with_types(Frame(columns, source))


def _arrow(data: Any, source: str) -> Any:
    import pyarrow as pa

    if hasattr(data, "toarray"):
        # Some of scipy's sparse matrices are mappings as well.
        raise DataError(
            f"{source} is a sparse matrix; dense data is required: {source}.toarray()"
        )
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data])
    if hasattr(data, "iloc") and hasattr(data, "columns"):
        return _from_pandas(data, source)
    if isinstance(data, Mapping):
        return pa.table({str(name): _column(column) for name, column in data.items()})
    if hasattr(data, "to_arrow"):
        return data.to_arrow()
    if hasattr(data, "__arrow_c_stream__"):
        return pa.table(data)
    matrix = np.asarray(data)
    if np.iscomplexobj(matrix):
        raise DataError(f"{source} holds complex numbers; Complex data not supported")
    if matrix.ndim != 2:
        raise DataError(
            f"{source} has shape {matrix.shape}; a table has rows and columns. "
            "Reshape your data: reshape(-1, 1) makes one column of a vector"
        )
    return pa.table({f"x{at}": _column(matrix[:, at]) for at in range(matrix.shape[1])})


def _from_pandas(data: Any, source: str) -> Any:
    import pyarrow as pa

    names = [str(name) for name in data.columns]
    made = []
    for at, name in enumerate(names):
        try:
            made.append(_column(data.iloc[:, at]))
        except (TypeError, pa.ArrowException) as error:
            raise DataError(
                f"{source}, column {name!r} holds values that are no table's: {error}"
            ) from None
    return pa.Table.from_arrays(made, names=names)


def _column(values: Any) -> Any:
    """One column; numbers among text become text, as a file would have them."""
    import pyarrow as pa

    # A pandas Series says by itself which of its values are missing.
    known = hasattr(values, "iloc") or not isinstance(values, np.ndarray)
    given = values if known else np.ascontiguousarray(values)
    try:
        column = pa.array(given, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        texts = [_text(value) for value in np.asarray(values, object).tolist()]
        column = pa.array(texts, pa.string())
    return column


def _text(value: Any) -> str | None:
    if isinstance(value, (Mapping, list, set, tuple, np.ndarray)):
        raise TypeError("argument must be a string or a number, not a collection")
    # NaN alone differs from itself.
    return None if value is None or value != value else str(value)
