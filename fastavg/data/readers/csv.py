"""CSV and TSV files with a header, through pyarrow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from fastavg.data.column_types import MISSING, with_types
from fastavg.data.frame import BadRow, Frame
from fastavg.data.names import no_such_column
from fastavg.data.readers.csv_faults import Lines, bad_rows, records
from fastavg.data.readers.dialect import Dialect, find_dialect
from fastavg.data.readers.suffixes import Request, reads
from fastavg.data.spelling import parse_number
from fastavg.errors import DataError

BLOCK, LISTED = 1 << 22, 1000


@reads(".csv", ".tsv", ".tab", named=True)
def read_csv(path: Path, request: Request) -> Frame:
    """The columns of a text table.

    Separator, decimal comma, encoding, quotation marks, comments before the header and
    packing (``.gz``, ``.zst``) are found out.  Empty cells, ``NA``, ``null``, ``?`` and the
    like are missing values.

    Parameters
    ----------
    path : Path
        A file of text; ``.gz`` and ``.zst`` are unpacked.
    request : Request
        The target column, the columns that are known, and what becomes of bad rows.

    Returns
    -------
    Frame
        The columns, with text that stands for numbers or dates turned into them.

    Raises
    ------
    DataError
        If a row has too few or too many values, a column of numbers holds text, a quotation
        mark is not closed, or there is no header or no row; names the line.
    ConfigError
        If there is no such target column.
    """
    dialect = find_dialect(path)
    names = _names(path, dialect, request)
    dialect = replace(dialect, header=names)
    if request.target is not None and request.target not in names:
        raise no_such_column(str(path), request.target, names)
    columns, n_skipped, dialect = _parse(path, dialect, request.bad_rows == "skip")
    if dialect.breaks_in_values:
        _refuse_unclosed(path, dialect, columns)
    skipped: tuple[BadRow, ...] = ()
    if n_skipped:
        skipped = tuple(bad_rows(path, dialect))
    if not columns.num_rows:
        raise DataError(f"{path} has a header and no rows; at least one is needed")
    frame = Frame(columns, str(path), dialect.notes(), skipped, Lines(path, dialect))
    frame = _without_blank_columns(frame)
    for name in frame.names:
        if frame.kind(name) == "text":
            _refuse_nul(frame, name)
    return with_types(frame)


def _names(path: Path, dialect: Dialect, request: Request) -> tuple[str, ...]:
    names = dialect.header
    known = request.names is not None and set(request.names) <= set(names)
    if not known and all(_is_number(name) for name in names):
        raise DataError(
            f"{path} has no header; its first line must name the columns, at least one of "
            f"them in words, and holds {', '.join(names)[:80]}"
        )
    seen: set[str] = set()
    made = []
    for at, name in enumerate(names, start=1):
        if name and name in seen:
            raise DataError(
                f"{path}, line {dialect.skip + 1} has two columns {name!r}; "
                "each needs a name of its own"
            )
        seen.add(name)
        made.append(name or f"unnamed_{at}")
    return tuple(made)


def _is_number(text: str) -> bool:
    try:
        parse_number(text)
    except ValueError:
        return not text.strip()
    return True


def _parse(path: Path, dialect: Dialect, skips: bool) -> tuple[Any, int, Dialect]:
    """The columns, how many rows were left out, and the dialect that fitted."""
    import pyarrow as pa

    try:
        columns, skipped = _parsed(path, dialect, skips)
        if any(pa.types.is_binary(field.type) for field in columns.schema):
            # Bytes that are no UTF-8 stand behind the part that was looked at.
            return _parse(path, replace(dialect, encoding="cp1252"), skips)
        return columns, skipped, dialect
    except pa.ArrowException as error:
        if "Could not skip initial" in str(error):
            raise DataError(f"{path} has a header and no rows; at least one is needed") from None
        if not dialect.breaks_in_values:
            try:
                whole = replace(dialect, breaks_in_values=True)
                return *_parsed(path, whole, skips), whole
            except pa.ArrowException as again:
                error = again
        first = next(bad_rows(path, dialect), None)
        if first is not None:
            raise DataError(
                f"{path}, line {first.line}: {first.reason}; each line needs one for each"
                f"{_hint(dialect)}"
            ) from None
        raise DataError(f"{path} is no table of text that can be read: {error}") from None
    except (EOFError, UnicodeError, OSError) as error:
        if isinstance(error, PermissionError):
            raise
        raise DataError(f"{path} is damaged: {error}") from None


def _hint(dialect: Dialect) -> str:
    if len(dialect.header) > 1:
        return " (--bad-rows skip leaves such lines out)"
    return f"; the header was read as one column, {dialect.header[0][:60]!r}"


def _parsed(path: Path, dialect: Dialect, skips: bool) -> tuple[Any, int]:
    import pyarrow as pa
    from pyarrow import csv

    count = 0

    def invalid(row: Any) -> str:
        nonlocal count
        count += 1
        return "skip" if skips else "error"

    encoding = "utf8" if dialect.encoding.startswith("utf-8") else dialect.encoding
    packed = "gzip" if path.name.lower().endswith(".gz") else (
        "zstd" if path.name.lower().endswith(".zst") else None
    )
    wide = sum(len(name) + 24 for name in dialect.header)
    with pa.input_stream(str(path), compression=packed) as stream:
        columns = csv.read_csv(
            stream,
            csv.ReadOptions(
                skip_rows=dialect.skip + dialect.header_lines, column_names=dialect.header,
                encoding=encoding, block_size=max(BLOCK, 16 * wide),
            ),
            csv.ParseOptions(
                delimiter=dialect.separator, quote_char=dialect.quote,
                newlines_in_values=dialect.breaks_in_values, invalid_row_handler=invalid,
            ),
            csv.ConvertOptions(
                null_values=sorted(MISSING), strings_can_be_null=True,
                decimal_point=dialect.decimal,
            ),
        )
    return columns, count


def _without_blank_columns(frame: Frame) -> Frame:
    """Without columns that have neither name nor value: a separator at the end of lines."""
    blank = [
        name for name in frame.names
        if name.startswith("unnamed_") and frame.kind(name) == "empty"
    ]
    return frame.without(*blank) if blank else frame


def _refuse_unclosed(path: Path, dialect: Dialect, columns: Any) -> None:
    """Nothing, unless a quotation mark has swallowed the rest of the file."""
    last = columns.slice(columns.num_rows - 1).to_pylist()
    if any(isinstance(value, str) and "\n" in value for row in last for value in row.values()):
        for _ in records(path, dialect):
            pass


def _refuse_nul(frame: Frame, name: str) -> None:
    import pyarrow.compute as pc

    found = pc.match_substring(frame.columns.column(name), "\0")
    if pc.any(found).as_py():
        row = int(np.flatnonzero(pc.fill_null(found, False).to_numpy())[0])
        raise DataError(f"{frame.place(row, name)} holds a NUL byte; a text table has none")
