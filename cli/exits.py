"""How a run of the command ends: one line on stderr, and an exit code that says why."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
from types import FrameType

import typer

from fastavg.errors import FastavgError

UNEXPECTED, USAGE, DATA, CLOSED, INTERRUPTED, TERMINATED = 1, 2, 3, 141, 130, 143


class OutputClosed(Exception):
    """Nobody reads our standard output any longer."""


def run(app: typer.Typer, arguments: list[str]) -> int:
    """Run the command; return its exit code.

    0 done, 1 unexpected, 2 usage, 3 data or configuration, 4 diverged, 5 worker or rank
    lost, 130 interrupted, 141 output closed, 143 terminated.
    """
    signal.signal(signal.SIGTERM, _terminate)
    try:
        code = app(arguments, prog_name="fastavg", standalone_mode=False)
        sys.stdout.flush()
    except (OutputClosed, BrokenPipeError):
        return _silence(CLOSED)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else UNEXPECTED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:
        if "--debug" in arguments:
            traceback.print_exc()
        return _fail(error)
    if code == INTERRUPTED:
        _say("interrupted")
    return code if isinstance(code, int) else 0


def _fail(error: Exception) -> int:
    if isinstance(error, FastavgError):
        _say(str(error))
        return error.exit_code
    if hasattr(error, "format_message"):
        _say(f"{error.format_message()} ('fastavg --help' lists what there is)")
        return USAGE
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        _say(f"{place}{error.strerror or error}")
        return DATA
    if isinstance(error, MemoryError):
        _say("the memory is full; fewer workers or a smaller network would fit")
        return DATA
    _say(f"unexpected {type(error).__name__}: {error} (--debug shows where)")
    return UNEXPECTED


def _say(message: str) -> None:
    # One line, whatever the message brought along; a closed stderr is nobody's error.
    with contextlib.suppress(OSError, ValueError):
        print("fastavg:", " ".join(message.split()), file=sys.stderr, flush=True)


def _silence(code: int) -> int:
    # The interpreter flushes once more on its way out.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return code


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(TERMINATED)
