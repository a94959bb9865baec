"""Another process that compiles kernels which this one is about to need: half of them, or all.

Numba compiles in one thread.  A first fit on a machine of several processors therefore starts
a short-lived process that begins with other kernels; both leave what they compile in the
cache, where the other finds it (:mod:`fastavg.kernels.jit.compile_turns`).
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

from fastavg.communicators.mpi.launch import launched, without_launch
from fastavg.kernels.jit.cache_folder import cache_folder
from fastavg.machine.interpreter import interpreter, module_variables, search_path
from fastavg.machine.resources import usable_cpus

# Nothing is imported before the search path is set.  The system ends the process with SIGIO
# when its parent, which holds the other end of its standard input, is gone.
BOOT = """
import sys
package, dtype, parts, *folders = sys.argv[1:]
sys.argv[1:], sys.path[:] = [], folders
import contextlib, os, signal
signal.signal(signal.SIGINT, signal.SIG_IGN)
with contextlib.suppress(ImportError, AttributeError, OSError):
    import fcntl
    fcntl.fcntl(0, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(0, fcntl.F_SETFL, fcntl.fcntl(0, fcntl.F_GETFL) | os.O_ASYNC)
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location(
    "fastavg", package + "/__init__.py", submodule_search_locations=[package]
)
sys.modules["fastavg"] = module_from_spec(spec)
spec.loader.exec_module(sys.modules["fastavg"])
"""
ASIDE = """
from fastavg.kernels.warm_up import compile_aside
compile_aside(dtype, parts.split(","))
"""
APART = """
from fastavg.kernels.warm_up import warm_up
for part in parts.split(","):
    warm_up(dtype, part)
"""
PACKAGE = str(Path(__file__).absolute().parents[1])
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


def _started(work: str, dtype: str, parts: Sequence[str]) -> subprocess.Popen[bytes] | None:
    python = interpreter()
    if not parts or python is None or cache_folder() is None:
        return None
    first, last = search_path()
    environment = module_variables(without_launch(os.environ))
    with contextlib.suppress(OSError):
        return subprocess.Popen(
            [python, "-P", "-c", BOOT + work, PACKAGE, dtype, ",".join(parts), *first, *last],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={**environment, **ONE_THREAD},
        )
    return None


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    assert process.stdin is not None
    process.stdin.close()


def compile_apart(dtype: str, parts: Sequence[str]) -> None:
    """Compile in a process whose memory is gone with it, and wait for it.

    Numba keeps some 100 MB of what it has compiled.  Without a folder for the cache or a Python
    interpreter to start, this does nothing.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    parts : sequence of str
        Parts of the work, as for :func:`fastavg.kernels.warm_up.warm_up`.

    Examples
    --------
    >>> compile_apart("float32", [])
    """
    process = _started(APART, dtype, parts)
    if process is not None:
        try:
            process.wait()
        finally:
            _end(process)


class SecondCompiler:
    """Compiles beside this process as long as the ``with`` block lasts.

    Without a second processor, a folder for the cache or a Python interpreter to start, and
    among ranks, which compile beside each other anyway, it does nothing.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    parts : sequence of str
        Parts of the work, as for :func:`fastavg.kernels.warm_up.warm_up`.

    Examples
    --------
    >>> with SecondCompiler("float32", []):
    ...     pass
    """

    def __init__(self, dtype: str, parts: Sequence[str]) -> None:
        self._dtype, self._parts = dtype, parts
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> SecondCompiler:
        if usable_cpus() > 1 and launched() is None:
            self._process = _started(ASIDE, self._dtype, self._parts)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # All that this process needs is compiled: the rest, if any, would be for nobody.
        if self._process is not None:
            _end(self._process)
