"""The rows of a run, read as its options say; reports read them again the same way."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, NamedTuple

from fastavg.communicators import Communicator
from fastavg.data.frame import Frame
from fastavg.data.prepare import Rows, open_table_on, prepare, with_target
from fastavg.data.readers.by_suffix import expand, read
from fastavg.data.readers.suffixes import Request
from fastavg.data.table import weighted
from fastavg.data.table_rows import TableRows, Uses, find_target, table_rows
from fastavg.errors import ConfigError, DataError
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions


class OpenedTable(NamedTuple):
    """A table that was read and split.

    Attributes
    ----------
    frame : Frame
        The whole table.
    uses : Uses
        The target, and columns that are not learned from.
    rows : TableRows
        Training and test rows.
    """

    frame: Frame
    uses: Uses
    rows: TableRows


def open_frame(path: str | Path, options: TableOptions) -> Frame:
    """The named columns of a file, or of all files that a pattern stands for.

    Parameters
    ----------
    path : str or path
        The file, or the pattern.
    options : TableOptions
        What becomes of bad rows.

    Returns
    -------
    Frame
        Typed columns by name.

    Raises
    ------
    DataError
        If it cannot be read, or holds arrays.
    """
    made = read(path, Request(bad_rows=options.bad_rows))
    if not isinstance(made, Frame):
        raise DataError(f"{path} holds arrays; a table of named columns is needed")
    return made


def open_run_table(data: DataOptions, options: TableOptions) -> OpenedTable:
    """Read a table, find the target, and part the rows that test.

    Parameters
    ----------
    data : DataOptions
        File, target, and the part that tests.
    options : TableOptions
        What single columns are for, and rows of another file to test on.

    Returns
    -------
    OpenedTable
        The same rows every time.

    Raises
    ------
    DataError, ConfigError
        If the file cannot be read, or a column is missing.
    """
    assert data.file is not None
    frame = open_frame(data.file, options)
    uses = Uses(find_target(frame, data.target), data.weights, options.group, options.id)
    for name in uses:
        if name is not None:
            frame.require(name)
    other = None if options.test is None else open_frame(options.test, options)
    if options.cv is not None and other is not None:
        raise ConfigError("--cv tests on parts of the table, --test on another one; give one")
    part = data.test_size if options.cv is None else 0.0
    return OpenedTable(frame, uses, table_rows(frame, uses, data.kind, part, other))


def open_run_rows(ranks: Communicator, options: DataOptions, dtype: str) -> Rows:
    """The rows of the data file of a plain network, split and scaled.

    Parameters
    ----------
    ranks : Communicator
        Between the ranks that train together.
    options : DataOptions
        Where the data come from, and how they are split and scaled; the same on every rank.
    dtype : str
        ``float32`` or ``float64``, of the features.

    Returns
    -------
    Rows
        The same on every rank.

    Raises
    ------
    DataError
        If the file cannot be used.
    ConfigError
        If ``read_by`` is unknown.
    RankMismatch
        If the ranks have read different files.
    """
    path = None if options.file is None else Path(options.file)
    table = weighted(
        open_table_on(ranks, path, options.target, options.read_by), options.weights, path
    )
    return prepare(
        table, with_target(table, path), options.kind, options.scale, options.test_size, dtype
    )


def data_sha256(path: str | Path | None) -> str | None:
    """The SHA-256 of a data file, or of several one after the other.

    Parameters
    ----------
    path : str, path or None
        The file, or a pattern; None for the rows that come with fastavg.

    Returns
    -------
    str or None
        In hexadecimal; None if there is no file.

    Raises
    ------
    DataError
        If there is no such file.
    """
    if path is None:
        return None
    digest = hashlib.sha256()
    for each in expand(path):
        with open(each, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def moved(options: dict[str, Any]) -> dict[str, Any]:
    """The options of a run for its folder: paths that hold from any working folder.

    Parameters
    ----------
    options : dict
        In the form of a configuration file.

    Returns
    -------
    dict
        A copy; where a checkpoint goes is left out, so that the run can be made again.
    """
    made = {
        name: dict(value) if isinstance(value, dict) else value
        for name, value in options.items()
    }
    for section, names in (("data", ("file", "validation")), ("table", ("test", "columns"))):
        part = made.get(section, {})
        for name in names:
            if part.get(name) is not None:
                part[name] = str(Path(part[name]).absolute())
    target = made.get("data", {}).get("target")
    if target is not None and str(target).endswith(".npy"):
        made["data"]["target"] = str(Path(target).absolute())
    execution = made.get("execution", {})
    for name in ("checkpoint", "resume"):
        execution.pop(name, None)
    return made
