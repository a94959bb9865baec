"""The Python that runs this program, and where its processes may import from.

Processes are started with ``sys.executable`` only if that is Python.  In a frozen program
(PyInstaller, Nuitka) or one that embeds Python it may be the program itself, and to start
it would be to start everything again, for ever.

A process imports what this one would, but never takes a module of the working folder, or
of the script's, for one of the same name that is installed: a ``json.py`` beside the data
is not run.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence

IMAGE = "/proc/self/exe"
NAME = re.compile(r"(python|pypy)w?\d*(\.\d+)*[a-z]*(-dbg)?(\.exe)?", re.IGNORECASE)
# What fastavg is built on: a folder that holds one of these is a place of installation.
FOUNDATION = ("numpy", "numba", "scipy")


def interpreter() -> str | None:
    """Path of the Python interpreter that runs this program; None if it is no plain Python.

    Examples
    --------
    >>> interpreter() is not None
    True
    """
    if getattr(sys, "frozen", False) or hasattr(sys, "oxidized"):
        return None
    named = sys.executable
    if not os.path.exists(IMAGE):
        return named if _is_python(named) else None
    image = os.path.realpath(IMAGE)
    if os.path.exists(image) and not _is_python(image):
        return None
    with contextlib.suppress(OSError, TypeError, ValueError):
        # Through a link a virtual environment finds its own packages.
        if os.path.samefile(named, image) or not os.path.exists(image):
            return named if _is_python(named) else None
    return image if _is_python(image) and _is_python(named) else None


def _is_python(path: object) -> bool:
    if not isinstance(path, str) or not NAME.fullmatch(os.path.basename(path)):
        return False
    return os.path.isfile(path) and os.access(path, os.X_OK)


def search_path(path: Sequence[object] | None = None) -> tuple[list[str], list[str]]:
    """Where a process searches for modules, and where only for those that are nowhere else.

    Parameters
    ----------
    path : sequence, optional
        ``sys.path`` if not given; what is no string is ignored, as Python does.

    Returns
    -------
    first : list of str
    last : list of str
        The working folder and that of the script; they hold a user's own modules, and
        whatever else lies there.

    Examples
    --------
    >>> search_path(["", "/usr/lib/python3.11"]) == (["/usr/lib/python3.11"], [os.getcwd()])
    True
    """
    first: list[str] = []
    last: list[str] = []
    places = _own_places()
    for entry in sys.path if path is None else path:
        if not isinstance(entry, str) or "\0" in entry:
            continue
        with contextlib.suppress(OSError, UnicodeError):
            os.fsencode(entry)
            folder = os.path.abspath(entry)
            mine = os.path.realpath(folder) in places and not any(
                os.path.isdir(os.path.join(folder, name)) for name in FOUNDATION
            )
            kept = last if mine else first
            if folder not in kept:
                kept.append(folder)
    return first, last


def _own_places() -> set[str]:
    places = set()
    with contextlib.suppress(OSError):
        places.add(os.path.realpath(os.getcwd()))
    script = getattr(sys.modules.get("__main__"), "__file__", None)
    if isinstance(script, str):
        folder = os.path.realpath(os.path.dirname(os.path.abspath(script)))
        # A module that runs as a program lies in a package, which is no place of its own.
        if getattr(sys.modules["__main__"], "__package__", None) in (None, ""):
            places.add(folder)
    return places


def module_variables(environment: dict[str, str]) -> dict[str, str]:
    """An environment in which Python does not search the working folder.

    Parameters
    ----------
    environment : dict of str to str
        The variables to start from.

    Examples
    --------
    >>> module_variables({"PYTHONPATH": ":/opt/lib"})
    {'PYTHONPATH': '/opt/lib', 'PYTHONSAFEPATH': '1'}
    """
    variables = {**environment, "PYTHONSAFEPATH": "1"}
    given = variables.pop("PYTHONPATH", "")
    with contextlib.suppress(OSError):
        here = os.path.realpath(os.getcwd())
        given = os.pathsep.join(
            entry for entry in given.split(os.pathsep)
            if entry and os.path.realpath(entry) != here
        )
    if given:
        variables["PYTHONPATH"] = given
    return dict(sorted(variables.items()))


@contextlib.contextmanager
def changed_environment(values: dict[str, str]) -> Iterator[None]:
    """These variables in this process's own environment, which it gives to processes it starts.

    Parameters
    ----------
    values : dict
        Put back afterwards.
    """
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
