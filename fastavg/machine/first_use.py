"""The first use of kernels on a machine: say that they are compiled, and compile them."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Sequence

from fastavg.kernels.jit.cache_folder import is_compiled
from fastavg.machine.resources import usable_cpus
from fastavg.machine.second_compiler import SecondCompiler, compile_apart

# Parts of the work whose kernels this process has or has found in the cache.
_there: set[tuple[str, str]] = set()
_silent = False


def compiling_words(seconds: float) -> str:
    """What is said to a person who waits.

    Parameters
    ----------
    seconds : float
        About how long it takes.

    Examples
    --------
    >>> compiling_words(4.6)
    'compiling the kernels, once on this machine: about 5 seconds'
    """
    return f"compiling the kernels, once on this machine: about {max(1, round(seconds))} seconds"


def be_silent() -> None:
    """Say nothing any more in this process: it is a command that was asked to be quiet."""
    global _silent
    _silent = True


def say_compiling(seconds: float) -> None:
    """Write one line to standard error; a stream that is gone is no error.

    Nothing is said where ``FASTAVG_QUIET`` is set.

    Parameters
    ----------
    seconds : float
        About how long it takes.
    """
    if _silent or os.environ.get("FASTAVG_QUIET"):
        return
    with contextlib.suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"fastavg: {compiling_words(seconds)}\n")
        sys.stderr.flush()


def prepare_kernels(
    dtype: str, parts: Sequence[str], tell: Callable[[float], object] = say_compiling,
    apart: bool = False,
) -> None:
    """Compile the kernels of parts that this machine has not compiled before.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    parts : sequence of str
        As for :func:`fastavg.kernels.warm_up.warm_up`.
    tell : callable, optional
        Called before they are compiled with the seconds that it takes about; a line on
        standard error by default.
    apart : bool, default False
        True compiles in a process of its own, for the sake of this one's memory.
    """
    unknown = [part for part in parts if (dtype, part) not in _there]
    missing = [part for part in unknown if not is_compiled(dtype, part)]
    if missing:
        from fastavg.kernels.warm_up import compile_first, seconds_to_compile, warm_up

        tell(seconds_to_compile(missing, usable_cpus()))
        if apart:
            compile_apart(dtype, missing)
            missing = [part for part in missing if not is_compiled(dtype, part)]
        with SecondCompiler(dtype, missing):
            compile_first(dtype, missing)
            for part in missing:
                warm_up(dtype, part)
    _there.update((dtype, part) for part in unknown)
