"""Arrow files and streams, and Feather files of version 2, mapped into memory."""

from __future__ import annotations

from pathlib import Path

from fastavg.data.frame import Frame
from fastavg.data.readers.parquet import complete
from fastavg.data.readers.suffixes import Request, reads
from fastavg.errors import DataError


@reads(".arrow", ".feather", ".ipc", ".arrows", named=True)
def read_arrow(path: Path, request: Request) -> Frame:
    """The columns of an Arrow file.

    Parameters
    ----------
    path : Path
        An Arrow, Feather or IPC file; ``.arrows`` is read as a stream.
    request : Request
        The target column that must be there.

    Returns
    -------
    Frame
        The columns, with text that stands for numbers or dates turned into them.

    Raises
    ------
    DataError
        If the file is damaged, or no Arrow file at all.
    ConfigError
        If there is no such target column.
    """
    import pyarrow as pa

    try:
        with pa.memory_map(str(path)) as file:
            opened = pa.ipc.open_stream if path.suffix == ".arrows" else pa.ipc.open_file
            with opened(file) as reader:
                columns = reader.read_all()
    except (pa.ArrowException, OSError) as error:
        if isinstance(error, (PermissionError, FileNotFoundError)):
            raise
        raise DataError(f"{path} is damaged, or no Arrow file at all: {error}") from None
    return complete(Frame(columns, str(path)), request)
