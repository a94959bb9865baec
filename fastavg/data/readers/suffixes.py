"""The readers by the endings of file names; each registers itself in its own file."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from fastavg.data.frame import Frame
from fastavg.data.readers.regular_file import check_file
from fastavg.data.table import Table
from fastavg.errors import DataError

BAD_ROWS = ("stop", "skip")
PACKED = (".gz", ".zst")


@dataclass(frozen=True)
class Request:
    """What is wanted of a file.

    Parameters
    ----------
    target : str, optional
        The column, array or second file that is to be predicted.
    names : tuple of str, optional
        Columns that must be there, where the caller knows them: what a model was trained
        on.  A first line of these is a header even if all of them are numbers.
    bad_rows : str
        ``stop`` at a row that has too few or too many values, or ``skip`` such rows.
    """

    target: str | None = None
    names: tuple[str, ...] | None = None
    bad_rows: str = "stop"


class Reader(Protocol):
    """A function that reads one file of its format."""

    def __call__(self, path: Path, request: Request) -> Table | Frame:
        """The file's content: a Frame of named columns, or a Table of arrays.

        Parameters
        ----------
        path : Path
            The file.
        request : Request
            What is wanted of it.

        Raises
        ------
        DataError
            If the file cannot be used; names line and column where there are any.
        """
        ...


_READERS: dict[str, Reader] = {}
_NAMED: set[Reader] = set()


def reads(*endings: str, named: bool = False) -> Callable[[Reader], Reader]:
    """Decorate a reader with the endings of the files that it reads.

    Parameters
    ----------
    *endings : str
        Ends of file names in lower case, such as ``.csv``.
    named : bool, default False
        True for a format that always has named columns.

    Returns
    -------
    callable
        The decorator; it returns the reader as it is.
    """

    def register(reader: Reader) -> Reader:
        for ending in endings:
            _READERS[ending] = reader
        if named:
            _NAMED.add(reader)
        return reader

    return register


def reader_of(path: Path) -> Reader:
    """The reader of a file, by the end of its name; ``.gz`` and ``.zst`` are looked through.

    Parameters
    ----------
    path : Path
        A file's name; the file itself is not looked at.

    Returns
    -------
    Reader
        The reader of the longest ending that fits.

    Raises
    ------
    DataError
        If there is none; lists all endings.
    """
    endings = known_endings()
    name = path.name.lower()
    for packed in PACKED:
        name = name.removesuffix(packed)
    for ending in sorted(endings, key=len, reverse=True):
        if name.endswith(ending):
            return _READERS[ending]
    if path.exists():
        # A folder or a device says so itself; the end of its name is not what is wrong.
        check_file(path)
    raise DataError(f"{path} is of no known kind; {', '.join(endings)} are known")


def has_named_columns(path: Path) -> bool:
    """True for a file of a format that always has named columns.

    Parameters
    ----------
    path : Path
        A file's name; the file itself is not looked at.

    Returns
    -------
    bool
        False for a format of arrays, or one that may hold either.

    Raises
    ------
    DataError
        If the ending is not known.
    """
    return reader_of(path) in _NAMED


@cache
def known_endings() -> tuple[str, ...]:
    """The endings of all files that can be read."""
    package = importlib.import_module("fastavg.data.readers")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"{package.__name__}.{module.name}")
    return tuple(sorted(_READERS))
