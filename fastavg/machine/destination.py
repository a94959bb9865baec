"""Where results go: the one rule for every file and folder that fastavg writes.

1. *Checked before the work.*  A destination that could not be written after hours of
   training is refused before them: a folder in a file's place, a device, a file system
   that is read-only or full, a name that is too long.
2. *Links are followed*, and stay links; nothing but a regular file is ever replaced.
3. *An input is never overwritten*, by whatever path it is named.
4. *Work that is done is not lost.*  If writing fails in the end all the same, the result
   goes to another folder, and the error says where.
5. *Nothing is left behind* by a check, nor by a write that fails.

Whoever writes a file calls :func:`check_file` first and then
:func:`fastavg.machine.atomic_file.write_atomically`; :func:`write_result` is for what took
long to compute.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from fastavg.errors import ConfigError
from fastavg.machine.atomic_file import followed, try_writing

WRITE_BITS = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH
# Of a name that a result is given elsewhere.
LONGEST_STEM = 60


def check_file(
    path: str | Path, what: str, inputs: Iterable[str | Path] = (), size: int = 1
) -> None:
    """Refuse a file that could not be written, or that must not be.

    Parameters
    ----------
    path : str or path
        Where it will be written.
    what : str
        What will be written there, for messages: ``model``, ``checkpoint``.
    inputs : iterable of str or path
        Files that the work reads; a name that is no file is ignored.
    size : int, default 1
        Bytes that there must be room for.

    Raises
    ------
    ConfigError
        One sentence: what is wrong with it, and what would do.

    Examples
    --------
    >>> check_file("/no/such/folder/m.safetensors", "model")
    Traceback (most recent call last):
    fastavg.errors.ConfigError: model /no/such/folder/m.safetensors lies in a folder that ...
    """
    target = followed(path, what)
    folder = target.parent
    if not folder.is_dir():
        raise ConfigError(f"{what} {path} lies in a folder that does not exist")
    for each in inputs:
        if is_same_file(target, each):
            raise ConfigError(
                f"{what} {path} is the file {each} that is read; give it a name of its own"
            )
    with contextlib.suppress(FileNotFoundError):
        mode = os.stat(target).st_mode
        # Root may write to anything, but what is write-protected was so on purpose.
        if not mode & WRITE_BITS or not os.access(target, os.W_OK):
            raise ConfigError(f"{what} {path} is write-protected; name another file")
    try:
        longest = os.pathconf(folder, "PC_NAME_MAX") if hasattr(os, "pathconf") else 255
        if len(os.fsencode(target.name)) > longest:
            raise ConfigError(
                f"{what} {path} has a name of more than the {longest} bytes that the file "
                "system allows"
            )
        try_writing(folder, size)
    except OSError as error:
        raise ConfigError(
            f"{what} {path} cannot be written: {error.strerror or error}"
        ) from None


def check_folder(path: str | Path, what: str) -> None:
    """Refuse a folder that could not be made, or not be written to; nothing is made yet.

    Parameters
    ----------
    path : str or path
        The folder, there or not.
    what : str
        What will be written into it, for messages.

    Raises
    ------
    ConfigError
        If it, or a folder on the way to it, is something else or cannot be written to.
    """
    place = Path(os.path.realpath(path))
    while not os.path.lexists(place):
        place = place.parent
    if not place.is_dir():
        raise ConfigError(f"the folder {path} for the {what} cannot be made: {place} is a file")
    try:
        try_writing(place, 1)
    except OSError as error:
        raise ConfigError(
            f"the folder {path} for the {what} cannot be written to: {error.strerror or error}"
        ) from None


def is_same_file(path: str | Path, other: str | Path) -> bool:
    """True if two names lead to one file: through links, other folders or another case.

    Parameters
    ----------
    path, other : str or path
        Files that need not exist.
    """
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(path, other)
    return os.path.realpath(path) == os.path.realpath(other)


def write_result(write: Callable[[Path], object], path: str | Path, what: str) -> None:
    """Write what took long to compute; if that fails, to another folder.

    Parameters
    ----------
    write : callable
        Takes a path and writes to it; it is called again with another one.
    path : str or path
        Where it should go.
    what : str
        For messages.

    Raises
    ------
    ConfigError
        If it could not be written there; says where it is now.
    """
    try:
        write(Path(path))
        return
    except (OSError, ConfigError) as error:
        reason = (isinstance(error, OSError) and error.strerror) or str(error)
    stem, suffix = Path(path).stem[:LONGEST_STEM], Path(path).suffix[:LONGEST_STEM]
    for folder in _places():
        other = folder / f"{stem}-{secrets.token_hex(3)}{suffix}"
        try:
            write(other)
        except (OSError, ConfigError):
            continue
        raise ConfigError(f"{what} {path} was not written: {reason}; it is in {other} instead")
    raise ConfigError(f"{what} {path} was not written: {reason}; no other folder had room for it")


def _places() -> list[Path]:
    places = []
    with contextlib.suppress(OSError):
        places.append(Path.cwd())
    with contextlib.suppress(RuntimeError):
        places.append(Path.home())
    with contextlib.suppress(OSError):
        places.append(Path(tempfile.gettempdir()))
    return places
