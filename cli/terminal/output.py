"""What goes to standard output: lines of text or JSON."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import Any

from fastavg import ConfigError

from ..process.exits import OutputClosed, silence_output


def write_line(text: str) -> None:
    """One line, at once.

    Parameters
    ----------
    text : str
        Without the line break at its end.

    Raises
    ------
    OutputClosed
        If standard output is closed.
    ConfigError
        If it cannot be written to: the disk is full, for instance.
    """
    try:
        print(text, flush=True)
    except BrokenPipeError:
        raise OutputClosed from None
    except OSError as error:
        silence_output()
        raise ConfigError(
            f"standard output cannot be written to: {error.strerror or error}"
        ) from None


def write_json(record: dict[str, Any]) -> None:
    """One JSON object on one line; numbers that are not finite become null.

    Parameters
    ----------
    record : dict
        Plain values by name.
    """
    finite = {key: None if _is_odd(value) else value for key, value in record.items()}
    write_line(json.dumps(finite, allow_nan=False))


def write_note(text: str) -> None:
    """One sentence on standard error, if there is one.

    Parameters
    ----------
    text : str
        The sentence, without the program's name and the line break.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stderr.write(f"fastavg: {text}\n")
        sys.stderr.flush()


def is_terminal() -> bool:
    """True if a person looks at standard error."""
    return sys.stderr.isatty()


def _is_odd(value: Any) -> bool:
    return isinstance(value, float) and (value != value or abs(value) == float("inf"))
