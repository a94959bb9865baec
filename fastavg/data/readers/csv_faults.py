"""Where the lines of a text table stand, and which of them are broken."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from fastavg.data.frame import BadRow
from fastavg.data.readers.dialect import Dialect, open_bytes
from fastavg.errors import DataError


def records(path: Path, dialect: Dialect) -> Iterator[tuple[int, list[str]]]:
    """Every row after the header with the line on which it begins, read slowly but exactly.

    Parameters
    ----------
    path : Path
        A file of text, packed or not.
    dialect : Dialect
        How it is written.

    Yields
    ------
    tuple of int and list of str
        The line, counted from 1, and the values of a row as text.

    Raises
    ------
    DataError
        If a quotation mark is never closed.
    """
    with open_bytes(path) as binary, io.TextIOWrapper(
        binary, dialect.encoding, errors="replace", newline=""
    ) as file:
        for _ in range(dialect.skip):
            file.readline()
        reader = csv.reader(
            file, delimiter=dialect.separator, quotechar=dialect.quote, strict=True
        )
        before = 0
        try:
            for at, cells in enumerate(reader):
                if at and cells:
                    yield dialect.skip + before + 1, cells
                before = reader.line_num
        except csv.Error as error:
            line = dialect.skip + before + 1
            if "unexpected end" in str(error) or "field larger" in str(error):
                raise DataError(
                    f"{path}, line {line}: a quotation mark is opened and never closed"
                ) from None
            raise DataError(f"{path}, line {line}: {error}") from None


def bad_rows(path: Path, dialect: Dialect) -> Iterator[BadRow]:
    """The rows that have too few or too many values.

    Parameters
    ----------
    path : Path
        A file of text, packed or not.
    dialect : Dialect
        How it is written; its header says how many values a row has.

    Yields
    ------
    BadRow
        Each such row, in the order of the file.

    Raises
    ------
    DataError
        If a quotation mark is never closed.
    """
    width = len(dialect.header)
    for line, cells in records(path, dialect):
        if len(cells) != width:
            yield BadRow(str(path), line, f"{len(cells)} values for {width} columns")


class Lines:
    """The line of each row that was kept, found when it is first asked for.

    Parameters
    ----------
    path : Path
        The file that the rows were read from.
    dialect : Dialect
        How it is written.
    """

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self._path, self._dialect = path, dialect

    def __call__(self, row: int) -> str:
        """File and line of a row."""
        width, at = len(self._dialect.header), 0
        for line, cells in records(self._path, self._dialect):
            if len(cells) != width:
                continue
            if at == row:
                return f"{self._path}, line {line}"
            at += 1
        return f"{self._path}, row {row}"
