"""The fork server's loop: fork a child for every request."""

from __future__ import annotations

import fcntl
import gc
import multiprocessing
import os
import select
import sys
import threading
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from multiprocessing.connection import Connection, wait
from types import ModuleType
from typing import Any

from fastavg.errors import ConfigError
from fastavg.machine.pipes import receive_descriptor

# What every child needs is imported once, before the first fork.
NEEDED = (
    "fastavg.training.algorithms", "fastavg.training.programs.block_of_rounds",
    "fastavg.training.programs.local_training", "fastavg.training.team.worker",
)


class LastFolders:
    """An import hook that finds top-level modules in folders that come after all others.

    Parameters
    ----------
    folders : list of str
        Searched one after the other.
    """

    def __init__(self, folders: list[str]) -> None:
        self._folders = folders

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is; None if it is not in these folders.

        Parameters
        ----------
        name : str
            The module's full name.
        path : sequence of str, optional
            Of the package that it is in; None for a module at the top.
        target : module, optional
            Not used.
        """
        return None if path is not None else PathFinder.find_spec(name, self._folders, target)


def serve(control_handle: int, lifeline: int, dtype: str, last_folders: list[str]) -> None:
    """Fork a child for every request, until the parent is gone.

    Parameters
    ----------
    control_handle : int
        Descriptor of the pipe to the parent.
    lifeline : int
        Descriptor of the pipe that closes when the parent dies.
    dtype : str
        Whose kernels to load first.
    last_folders : list of str
        Where modules are looked for that are in none of the folders of ``sys.path``.
    """
    _end_with(lifeline)
    # What is loaded now stays, and children share it as long as nobody counts its references.
    gc.disable()
    from fastavg.kernels.warm_up import is_compiled, warm_up

    context = multiprocessing.get_context("fork")
    control: Connection = Connection(control_handle)
    children: dict[int, Any] = {}
    try:
        for part in ("weights", "training", "blocks"):
            # What is not compiled yet, the parent may be at work on.
            if is_compiled(dtype, part):
                warm_up(dtype, part)
        # Other packages are loaded by now: their optional parts are not looked for beside a script.
        sys.meta_path.append(LastFolders(last_folders))
        for name in NEEDED:
            import_module(name)
        gc.freeze()
        gc.enable()
        while True:
            for ready in wait([control, *children]):
                if ready is not control:
                    child = children.pop(ready)  # type: ignore[arg-type]
                    child.join()
                    control.send(("ended", child.pid, child.exitcode))
                    continue
                dtype, *parts = control.recv()
                handle = receive_descriptor(control)
                for part in parts:
                    warm_up(dtype, part)
                child = context.Process(target=_live, args=(handle, lifeline, control_handle))
                child.start()
                os.close(handle)
                children[child.sentinel] = child
                control.send(("started", child.pid))
    except (EOFError, OSError):
        os._exit(0)
    except ConfigError:
        # The parent imports the same kernels, and says what is wrong.
        os._exit(1)


def _end_with(lifeline: int) -> None:
    # The kernel sends SIGIO, which ends a process, when the last writer of the pipe is gone.
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, os.getpid())
    fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    # Not select, which knows no descriptors from 1024 on.
    watch = select.poll()
    watch.register(lifeline, select.POLLIN)
    if watch.poll(0):
        os._exit(0)


def _live(handle: int, lifeline: int, control_handle: int) -> None:
    from fastavg.training.team.worker import work

    os.close(control_handle)
    threading.Thread(target=_leave_with_parent, args=(lifeline,), daemon=True).start()
    work(Connection(handle))


def _leave_with_parent(lifeline: int) -> None:
    os.read(lifeline, 1)
    os._exit(1)
