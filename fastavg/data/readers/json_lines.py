"""JSON lines: one object a line, its keys are the columns."""

from __future__ import annotations

import json
from pathlib import Path

from fastavg.data.frame import Frame
from fastavg.data.readers.dialect import open_bytes
from fastavg.data.readers.parquet import complete
from fastavg.data.readers.suffixes import Request, reads
from fastavg.errors import DataError


@reads(".jsonl", ".ndjson", named=True)
def read_json_lines(path: Path, request: Request) -> Frame:
    """The columns of a file of JSON objects; a key that a line lacks is a missing value.

    Parameters
    ----------
    path : Path
        A file of text, packed or not.
    request : Request
        The target column that must be there.

    Returns
    -------
    Frame
        A column for each key.

    Raises
    ------
    DataError
        If a line is no JSON object, or a value is a list or an object; names the line.
    ConfigError
        If there is no such target column.
    """
    import pyarrow as pa
    from pyarrow import json as arrow_json

    try:
        with open_bytes(path) as file:
            columns = arrow_json.read_json(pa.PythonFile(file, mode="r"))
    except (pa.ArrowException, EOFError, OSError) as error:
        _find_fault(path)
        raise DataError(f"{path} is no file of JSON lines that can be read: {error}") from None
    frame = Frame(columns, str(path), where=lambda row: f"{path}, line {row + 1}")
    for name in frame.names:
        if pa.types.is_nested(columns.schema.field(name).type):
            raise DataError(
                f"{path}, column {name!r} holds lists or objects; "
                "numbers, text and truth values are what a table takes"
            )
    return complete(frame, request)


def _find_fault(path: Path) -> None:
    kinds: dict[str, type] = {}
    with open_bytes(path) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise DataError(f"{path}, line {number} is no JSON: {error}") from None
            if not isinstance(row, dict):
                raise DataError(
                    f"{path}, line {number} is no JSON object; each line must be one, "
                    'such as {"age": 31}'
                )
            for name, value in row.items():
                kind = float if isinstance(value, int) else type(value)
                if value is not None and kinds.setdefault(name, kind) is not kind:
                    raise DataError(
                        f"{path}, line {number}, column {name!r} holds {str(value)[:40]!r}; "
                        "lines before it hold another type there"
                    )
