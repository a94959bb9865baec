"""What every file must be before a reader looks into it, and still be afterwards."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from fastavg.errors import DataError


@contextlib.contextmanager
def unchanged(path: Path) -> Iterator[None]:
    """Check a file before the block, and that nobody has written to it after the block.

    Parameters
    ----------
    path : Path
        The file that the block reads.

    Raises
    ------
    DataError
        If it is not there, is a folder or a device, is empty, may not be read, or has
        changed in the meantime.
    """
    before = check_file(path)
    yield
    after = check_file(path)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise DataError(f"{path} changed while it was read; read it again when it is complete")


def check_file(path: Path) -> os.stat_result:
    """The facts about a regular, readable file with something in it.

    Parameters
    ----------
    path : Path
        A file.

    Returns
    -------
    os.stat_result
        Its size, time of change and so on.

    Raises
    ------
    DataError
        If it is none.
    """
    try:
        facts = path.stat()
    except FileNotFoundError:
        raise DataError(f"{path} does not exist; a data file is needed") from None
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from None
    if stat.S_ISDIR(facts.st_mode):
        raise DataError(
            f"{path} is a folder; a data file is needed, or a pattern such as '{path}/*.csv'"
        )
    if not stat.S_ISREG(facts.st_mode):
        raise DataError(f"{path} is a device or a pipe; a regular file is needed")
    if not os.access(path, os.R_OK):
        raise DataError(f"{path} cannot be read: Permission denied")
    if not facts.st_size:
        raise DataError(f"{path} is empty; a data file is needed")
    return facts
