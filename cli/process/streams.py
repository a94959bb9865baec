"""Standard input, output and error, whatever state the command finds them in.

They may be closed, may not block (when another program that shares them wants it so), and
may know no more than ASCII.  None of this may cost a training that is done.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import stat
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO

OUTPUT = 1
# What the command itself writes beyond ASCII; everything else is escaped.
PLAIN = {"²": "2", "±": "+/-", "×": "x", "–": "-", "—": "-", "…": "...", "·": ".", "µ": "u"}
_closed: set[int] = set()


def prepare_streams() -> None:
    """Make the standard streams fit for use; to be called before any file is opened."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            # The next file would get this number, and what is meant for the stream.
            _closed.add(number)
            os.dup2(os.open(os.devnull, os.O_RDWR), number)
        else:
            _make_blocking(number)
    codecs.register_error("fastavg-plain", _plain)
    sys.stdout, sys.stderr = _usable(sys.stdout), _usable(sys.stderr)


def output_is_closed() -> bool:
    """True if the command was started without a standard output."""
    return OUTPUT in _closed


def check_standard_output(inputs: Iterable[str | Path] = (), needed: bool = True) -> None:
    """Refuse to work for an output that nobody will get.

    Parameters
    ----------
    inputs : iterable of path
        Files that are read; standard output must not be one of them.
    needed : bool, default True
        The result goes nowhere else.

    Raises
    ------
    ConfigError
    """
    from fastavg import ConfigError

    if needed and output_is_closed():
        raise ConfigError(
            "standard output is closed, and the result would go there; redirect it to a file"
        )
    with contextlib.suppress(OSError):
        ours = os.fstat(OUTPUT)
        for each in inputs:
            with contextlib.suppress(OSError):
                if stat.S_ISREG(ours.st_mode) and os.path.samestat(ours, os.stat(each)):
                    raise ConfigError(
                        f"standard output is the file {each} that is read; redirect it to "
                        "another one"
                    )


def _make_blocking(number: int) -> None:
    with contextlib.suppress(OSError, AttributeError):
        if os.get_blocking(number):
            return
        try:
            # A description of our own: whoever shares the other one keeps it as it is.
            flags = os.O_RDONLY if number == 0 else os.O_WRONLY
            fresh = os.open(f"/proc/self/fd/{number}", flags | os.O_NOCTTY)
        except OSError:
            os.set_blocking(number, True)
            return
        os.dup2(fresh, number)
        os.close(fresh)


def _usable(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        return open(os.devnull, "w", encoding="utf-8")
    with contextlib.suppress(AttributeError, OSError, ValueError):
        stream.reconfigure(errors="fastavg-plain")  # type: ignore[attr-defined]
    return stream


def _plain(error: UnicodeError) -> tuple[bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    parts = []
    for sign in error.object[error.start : error.end]:
        if "\udc80" <= sign <= "\udcff":
            # A byte of a file's name that was no text: itself.
            parts.append(bytes([ord(sign) - 0xDC00]))
        else:
            parts.append(PLAIN.get(sign, sign).encode("ascii", "backslashreplace"))
    return b"".join(parts), error.end
