"""The parts of a data set in files, by the kind of the files."""

from __future__ import annotations

from pathlib import Path

from fastavg.data.parts.array_parts import whole_as_parts
from fastavg.data.parts.column_parts import NUMERIC, ColumnParts, kinds_of
from fastavg.data.parts.contract import PartSource
from fastavg.data.parts.group_files import has_groups, open_groups
from fastavg.data.parts.npy_parts import open_npy
from fastavg.data.parts.table_parts import TableParts
from fastavg.data.prepare import dense_features, open_table, with_target
from fastavg.data.readers.by_suffix import expand
from fastavg.data.table import Table, weighted
from fastavg.errors import ConfigError


def open_parts(
    path: str | Path | None, target: str | None, weights: str | None, workers: int
) -> PartSource:
    """The parts of a data set; of files that can be read in parts, no row is read yet.

    Parquet, Arrow and .npy files are read in parts.  Any other file is read as a whole, by every
    rank, and cut.

    Parameters
    ----------
    path : str, path or None
        A file, or a pattern for several Parquet or Arrow files; None for the digits that
        come with fastavg.
    target : str or None
        The target column, or for .npy the file of y.
    weights : str or None
        The column that says how much a row counts.
    workers : int
        How many parts.

    Returns
    -------
    PartSource
        With words or missing values among the features a
        :class:`~fastavg.data.parts.table_parts.TableParts`, of which
        :func:`fastavg.data.parts.encoded_parts.encoded_parts` makes inputs.

    Raises
    ------
    DataError
        If a file cannot be used; names it, and the column.
    ConfigError
        If there are more workers than rows, or no such column.

    Examples
    --------
    >>> parts = open_parts(None, None, None, workers=4)
    >>> parts.sizes
    (1250, 1250, 1250, 1250)
    """
    files = [] if path is None else expand(path)
    if files and all(has_groups(each) for each in files):
        opened = [open_groups(each) for each in files]
        if target is None:
            listed = ", ".join(opened[0].schema.names)[:200]
            raise ConfigError(f"{path} has no target; --target names it, one of {listed}")
        kinds = kinds_of(opened, target, weights)
        holes = any(name in kinds for file in opened for name in file.holes)
        plain = {*kinds.values()} <= {*NUMERIC} and not holes
        return (ColumnParts if plain else TableParts)(opened, target, weights, workers)
    if len(files) == 1 and files[0].suffix.lower() == ".npy":
        if weights is not None:
            raise ConfigError(f"{path}: weights names no column, {weights!r}; it has none")
        return open_npy(files[0], target, workers)
    whole = weighted(open_table(None if path is None else Path(path), target), weights, path)
    y = with_target(whole, None if path is None else Path(path))
    y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
    table = Table(dense_features(whole.X), y, whole.feature_names, whole.weights)
    return whole_as_parts(table, workers)
