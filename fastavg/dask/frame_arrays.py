"""Dask data frames as arrays of numbers, partition by partition, each of which was checked.

Dask takes a data frame at its word: a partition with other columns than it says is found by
whoever computes with it, in words that name neither the partition nor the column, and one
with the same columns in another order by nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import DataError, FastavgError

SHOWN = 300


class FrameForm(NamedTuple):
    """What a data frame says of its columns.

    Attributes
    ----------
    what : str
        What messages call the data frame: ``X``, ``y`` or ``sample_weight``.
    kinds : dict of str to str
        The kind of each column's values, in their order; of a series, of one column.
    dtype : dtype
        Of all values together: numbers, or object for text.
    single : bool
        Whether it is a series, and becomes an array of one dimension.
    """

    what: str
    kinds: dict[str, str]
    dtype: np.dtype[Any]
    single: bool


def array_of(frame: Any, what: str) -> Any:
    """The values of a data frame as an array whose partitions have known lengths.

    Its partitions are computed once for their lengths.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame or Series
        Numbers, truth values, or text to be predicted.
    what : str
        What it is, for messages: ``X``, ``y`` or ``sample_weight``.

    Returns
    -------
    dask.array
        (n_rows, n_columns), or (n_rows,) of a series.

    Raises
    ------
    DataError
        If a column of X or of the weights holds no numbers, or a partition cannot be computed or
        is not what the data frame says; names partition and column.
    """
    import dask.array as da
    from dask.delayed import delayed
    from distributed import default_client

    form = form_of(frame._meta, what)
    parts = [
        delayed(values_of)(part, number, form) for number, part in enumerate(frame.to_delayed())
    ]
    futures = default_client().compute([delayed(len)(part) for part in parts])
    lengths = readable(futures, what)
    columns = () if form.single else (len(form.kinds),)
    return da.concatenate([
        da.from_delayed(part, (length, *columns), form.dtype)
        for part, length in zip(parts, lengths, strict=True)
    ])


def readable(futures: Sequence[Any], what: str) -> list[Any]:
    """What partitions give, once all have been computed; the first that cannot be is named.

    Parameters
    ----------
    futures : sequence of Future
        Of the partitions in their order.
    what : str
        What they are partitions of, for messages.

    Raises
    ------
    DataError
        If one cannot be computed.
    """
    from distributed import wait

    wait(list(futures))
    check_readable(dict(enumerate(futures)), what)
    return [future.result() for future in futures]


def check_readable(futures: dict[int, Any], what: str) -> None:
    """Nothing, if all partitions that are done could be computed.

    Parameters
    ----------
    futures : dict of int to Future
        By the number of the partition.
    what : str
        What they are partitions of, for messages.

    Raises
    ------
    DataError
        If one could not be; names it and its error in one sentence.
    """
    for number, future in futures.items():
        if future.status != "error":
            continue
        error = future.exception()
        if isinstance(error, FastavgError):
            raise error
        said = " ".join(str(error).split())[:SHOWN]
        raise DataError(
            f"partition {number} of {what} cannot be computed: {type(error).__name__}: {said}"
        ) from error


def form_of(meta: Any, what: str) -> FrameForm:
    """What a data frame says of its columns.

    Parameters
    ----------
    meta : pandas.DataFrame or Series
        Without rows, or some of them.
    what : str
        What it is, for messages.

    Raises
    ------
    DataError
        If a column of X or of the weights holds no numbers.

    Examples
    --------
    >>> import pandas as pd
    >>> form_of(pd.DataFrame({"a": [1], "b": [0.5]}), "X").kinds
    {'a': 'numbers', 'b': 'numbers'}
    """
    single = meta.ndim == 1
    columns = [(meta.name, meta.dtype)] if single else list(meta.dtypes.items())
    kinds = {str(name): kind_of(dtype) for name, dtype in columns}
    for name, kind in kinds.items():
        if what != "y" and kind not in ("numbers", "truth values"):
            raise DataError(
                f"{what}, column {name!r} holds {kind}; every value must be a number"
            )
    plain = [dtype if isinstance(dtype, np.dtype) else np.dtype(float) for _, dtype in columns]
    text = not {*kinds.values()} <= {"numbers", "truth values"}
    return FrameForm(what, kinds, np.dtype(object) if text else np.result_type(*plain), single)


def kind_of(dtype: Any) -> str:
    """What values of a dtype of pandas are.

    Parameters
    ----------
    dtype : dtype or ExtensionDtype
        Of a column.

    Returns
    -------
    str
        ``numbers``, ``truth values``, ``dates`` or ``text``, as categories count too.
    """
    kind = str(getattr(dtype, "kind", "O"))
    return {
        **dict.fromkeys("iuf", "numbers"), "b": "truth values", **dict.fromkeys("Mm", "dates"),
    }.get(kind, "text")


def values_of(part: Any, number: int, form: FrameForm) -> NDArray[Any]:
    """The values of a partition, if it is what the data frame says.

    Parameters
    ----------
    part : pandas.DataFrame or Series
        The partition.
    number : int
        Which one, from 0.
    form : FrameForm
        What the data frame says.

    Returns
    -------
    array (n_rows, n_columns) or (n_rows,)
        Its values.

    Raises
    ------
    DataError
        If it has other columns or kinds of values, or a label is missing; names partition and
        column.
    """
    if not len(part):
        # What has no rows may be of any kind.
        return np.empty((0,) if form.single else (0, len(form.kinds)), form.dtype)
    where = f"partition {number} of {form.what}"
    columns = [(form.what, part)] if form.single else [(str(name), part[name]) for name in part]
    if not form.single:
        _check_names([name for name, _ in columns], list(form.kinds), where)
    for (name, column), kind in zip(columns, form.kinds.values(), strict=True):
        place = where if form.single else f"{where}, column {name!r}"
        found = kind_of(column.dtype)
        if found != kind:
            raise DataError(
                f"{place} holds {found}, and {kind} elsewhere; all partitions need the same"
            )
        if form.dtype == object and column.isna().any():
            row = int(np.flatnonzero(column.isna())[0])
            raise DataError(f"{place} is empty in row {row}; every row needs a value there")
    if form.dtype.kind == "f":
        return np.asarray(part.to_numpy(form.dtype, na_value=np.nan))
    return np.asarray(part.to_numpy(form.dtype))


def _check_names(names: list[str], known: list[str], where: str) -> None:
    for name in known:
        if name not in names:
            raise DataError(
                f"{where} has no column {name!r}, which others have; all partitions need the same"
            )
    for name in names:
        if name not in known:
            raise DataError(
                f"{where} has a column {name!r}, which others have not; all partitions need the "
                "same"
            )
    if names != known:
        at = next(at for at, name in enumerate(names) if name != known[at])
        raise DataError(
            f"{where} has column {names[at]!r} where others have {known[at]!r}; all partitions "
            "need the same order"
        )
