"""A process that was started, as its parent sees it."""

from __future__ import annotations

import signal
from multiprocessing.connection import Connection
from typing import Protocol


class Child(Protocol):
    """A process that was started, seen from its parent.

    Parameters
    ----------
    connection : Connection
        Our end of its pipe.
    pid : int
        Its process number.
    """

    connection: Connection
    pid: int

    def kill(self) -> None:
        """End it without asking."""
        ...

    def wait(self, seconds: float) -> bool:
        """True once it is gone.

        Parameters
        ----------
        seconds : float
            The longest time to wait.
        """
        ...

    def exit_code(self) -> int | None:
        """Minus its signal, or its exit code, once it is gone; None if it is not known."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


def exit_words(code: int | None) -> str:
    """An exit code as a person says it.

    Parameters
    ----------
    code : int or None
        Minus its signal, or its exit code; None if it is not known.

    Examples
    --------
    >>> exit_words(-9), exit_words(3)
    ('SIGKILL', 'exit code 3')
    """
    if code is None:
        return "an unknown end"
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"
