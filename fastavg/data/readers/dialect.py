"""How a text table is written: encoding, separator, decimal sign and quotes, found out."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from fastavg.errors import DataError

SAMPLE, LINES, MOST_HEADER_LINES = 1 << 18, 40, 10
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar"}
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")
)
BREAK = re.compile(r"\r\n|\r")
DECIMAL_COMMA = re.compile(r"\s*[-+]?\d+,\d+([eE][-+]?\d+)?\s*")
DECIMAL_POINT = re.compile(r"\s*[-+]?\d+\.\d+([eE][-+]?\d+)?\s*")


@dataclass(frozen=True)
class Dialect:
    """What was found out about a text table.

    Parameters
    ----------
    encoding : str
        ``utf-8``, ``utf-8-sig``, ``utf-16`` or ``cp1252``.
    separator : str
        Between the values of a line.
    decimal : str
        ``.`` or ``,``.
    quote : str
        Around values that hold separators: a double or a single quotation mark.
    skip : int
        Lines before the header: empty ones, and comments that begin with ``#``.
    header : tuple of str
        The names of the columns.
    header_lines : int
        Lines that the header takes.
    breaks_in_values : bool
        Some value of the sample goes over several lines.
    """

    encoding: str
    separator: str
    decimal: str
    quote: str
    skip: int
    header: tuple[str, ...]
    header_lines: int
    breaks_in_values: bool

    def notes(self) -> tuple[str, ...]:
        """What is unusual, in words."""
        said = []
        if self.separator != ",":
            said.append(f"separator: {SEPARATORS[self.separator]}")
        if self.decimal != ".":
            said.append("decimal comma")
        if self.encoding not in ("utf-8", "utf-8-sig"):
            said.append(f"encoding {self.encoding}")
        if self.quote != '"':
            said.append("single quotation marks")
        if self.skip:
            said.append(f"{self.skip} lines before the header")
        return tuple(said)


def open_bytes(path: Path) -> IO[bytes]:
    """The bytes of a file, unpacked if it is packed.

    Parameters
    ----------
    path : Path
        A file; ``.gz`` and ``.zst`` are unpacked while it is read.

    Returns
    -------
    file object
        Bytes, from the first one on; the caller closes it.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    if path.name.lower().endswith(".gz"):
        return gzip.open(path)  # type: ignore[return-value]
    if path.name.lower().endswith(".zst"):
        import pyarrow as pa

        stream: Any = pa.input_stream(str(path), compression="zstd")
        return stream  # type: ignore[no-any-return]
    return path.open("rb")


def find_dialect(path: Path) -> Dialect:
    """Look at the beginning of a file.

    Parameters
    ----------
    path : Path
        A file of text, packed or not.

    Returns
    -------
    Dialect
        How the file is written, as far as its beginning shows.

    Raises
    ------
    DataError
        If it is no text, or there is no header.
    """
    try:
        sample = _beginning(path)
    except (EOFError, OSError) as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        raise DataError(f"{path} is damaged: {error}") from None
    encoding = _encoding(sample, path)
    text = codecs.getincrementaldecoder(encoding)(errors="replace").decode(sample)
    lines = BREAK.sub("\n", text).removesuffix("\n").split("\n")
    skip = 0
    while skip < len(lines) and (not lines[skip].strip() or lines[skip].startswith("#")):
        skip += 1
    body = lines[skip : skip + LINES]
    if len(lines) > len(body) + skip or len(sample) >= SAMPLE:
        # The last line of a part may be cut short.
        body = body[: max(1, len(body) - (skip + len(body) == len(lines)))]
    if not body:
        raise DataError(f"{path} holds only empty lines and comments; a header and rows are needed")
    quote = _quote(body)
    separator = _separator(body, quote, path)
    reader = csv.reader(io.StringIO("\n".join(body)), delimiter=separator, quotechar=quote)
    try:
        header = next(reader)
        header_lines = reader.line_num
        rows = []
        for row in reader:
            rows.append(row)
        breaks = reader.line_num > len(rows) + 1
    except csv.Error as error:
        raise DataError(f"{path}, line {skip + 1}: {error}") from None
    if header_lines > MOST_HEADER_LINES:
        raise DataError(f"{path}, line {skip + 1}: a quotation mark is opened and never closed")
    return Dialect(
        encoding, separator, _decimal(rows, separator), quote, skip,
        tuple(name.strip() for name in header), header_lines, breaks or header_lines > 1,
    )


def _beginning(path: Path) -> bytes:
    """Enough of a file to hold its header and, if it is not very wide, some rows."""
    with open_bytes(path) as file:
        sample = bytes(file.read(SAMPLE))
        while len(sample) % SAMPLE == 0 and sample.count(b"\n") < 2 and sample.count(b"\r") < 2:
            more = bytes(file.read(SAMPLE * 16))
            if not more:
                break
            sample += more
    return sample


def _encoding(sample: bytes, path: Path) -> str:
    for mark, encoding in MARKS:
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        line = sample[: sample.index(b"\0")].count(b"\n") + 1
        raise DataError(f"{path}, line {line} holds a NUL byte; a text table has none")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _quote(lines: list[str]) -> str:
    text = "\n".join(lines)
    if '"' in text or text.count("'") < 2 * len(lines):
        return '"'
    between = re.findall(r"(?:^|[,;\t|])'[^'\n]*'(?=[,;\t|\n]|$)", text, re.MULTILINE)
    return "'" if len(between) >= len(lines) else '"'


def _separator(lines: list[str], quote: str, path: Path) -> str:
    """The one that cuts most lines into the same number of values, and into most values."""
    best, chosen = (0.0, 0), "\t" if ".tsv" in path.name.lower() else ","
    bare = re.sub(f"{quote}[^{quote}]*{quote}", "", "\n".join(lines)).split("\n")
    bare = [line for line in bare if line.strip()]
    for separator in SEPARATORS:
        counts = Counter(line.count(separator) for line in bare)
        # The header decides how many values there are.
        in_header = bare[0].count(separator) if bare else 0
        if not in_header:
            continue
        found = (counts[in_header] / len(bare), in_header)
        if found > best:
            best, chosen = found, separator
    return chosen


def _decimal(rows: list[list[str]], separator: str) -> str:
    if separator == ",":
        return "."
    cells = [cell for row in rows for cell in row]
    commas = sum(bool(DECIMAL_COMMA.fullmatch(cell)) for cell in cells)
    points = sum(bool(DECIMAL_POINT.fullmatch(cell)) for cell in cells)
    return "," if commas > points else "."
