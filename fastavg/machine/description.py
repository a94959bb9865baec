"""What a result was computed with: versions of the libraries, the processor, the system."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path

from fastavg.machine.resources import usable_cpus
from fastavg.version import VERSION

LIBRARIES = ("numpy", "numba", "llvmlite", "scipy", "scikit-learn", "pyarrow")


def processor_name() -> str:
    """The processor's model, as the system names it; its architecture if it does not."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def processor_flags() -> frozenset[str]:
    """What the processor can do, as the system names it; empty if it does not say."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return frozenset()
    found = (line.partition(":")[2] for line in lines if line.startswith(("flags", "Features")))
    return frozenset(next(found, "").split())


def versions() -> dict[str, str]:
    """The version of fastavg, of Python, and of each library that a result depends on.

    Returns
    -------
    dict of str to str
        ``missing`` for a library that is not installed.

    Examples
    --------
    >>> list(versions())[:2]
    ['fastavg', 'python']
    """
    found = {"fastavg": VERSION, "python": platform.python_version()}
    for name in LIBRARIES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "missing"
    return found


def description() -> dict[str, str | int]:
    """Versions, processor and system, in plain values.

    Returns
    -------
    dict
        ``processor``, ``usable_cpus`` and ``system`` besides the names of :func:`versions`.
    """
    return {
        **versions(), "processor": processor_name(), "usable_cpus": usable_cpus(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
    }
