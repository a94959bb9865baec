"""Where compiled kernels lie on disk, found without importing the compiler.

Cache files hold machine code, so they are only read from a folder that belongs to this
user and that nobody else can write to.  It is made with mode 0700 whatever the umask.
Where that cannot be had, for the home is missing, read-only, somebody else's or on a file
system without permissions, the next of these places is taken:

1. ``FASTAVG_CACHE_DIR`` or ``NUMBA_CACHE_DIR``
2. the user's cache folder (``XDG_CACHE_HOME``, ``~/.cache``)
3. the folder for temporary files
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from fastavg.kernels.blas.first_level_cache import first_level_cache
from fastavg.kernels.blas.openblas import core_name
from fastavg.kernels.jit.plain_path import plain_search_path

ABANDONED_SECONDS = 86_400
OTHERS = stat.S_IWGRP | stat.S_IWOTH
# Variables that change the code which numba makes; unset ones leave the digest as it is.
COMPILER_VARIABLES = (
    "NUMBA_BOUNDSCHECK", "NUMBA_CPU_FEATURES", "NUMBA_CPU_NAME", "NUMBA_DEBUGINFO",
    "NUMBA_ENABLE_AVX", "NUMBA_LOOP_VECTORIZE", "NUMBA_OPT", "NUMBA_SLP_VECTORIZE",
)


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels of this source and compiler, None if there is none."""
    for folder in _candidates(f"kernels-{source_digest()[:16]}"):
        with contextlib.suppress(OSError):
            _make_private(folder.parent)
            _make_private(folder, emptied=True)
            # What was compiled before the disk became read-only is still good.
            if os.access(folder, os.W_OK) or any(folder.glob("complete-*")):
                _sweep(folder)
                return folder
    return None


def _candidates(name: str) -> Iterator[Path]:
    # Where a folder of that name is another user's, there is room for one beside it.
    named = os.environ.get("FASTAVG_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    parents = [Path(named)] if named else []
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    with contextlib.suppress(RuntimeError):
        parents.append(Path(home) if home else Path.home() / ".cache")
    own = f"fastavg-{os.getuid()}" if hasattr(os, "getuid") else "fastavg"
    for parent in parents:
        with contextlib.suppress(OSError):
            # Somebody else's home is no place for what this user's processes will run.
            if not named and not _may_hold_ours(parent):
                continue
            # A home that is not there is not ours to make.
            parent.mkdir(parents=bool(named), exist_ok=True)
            yield parent / "fastavg" / name
            yield parent / own / name
    with contextlib.suppress(OSError):
        yield Path(tempfile.gettempdir()) / own / name


def _may_hold_ours(folder: Path) -> bool:
    # Whoever owns a folder can exchange what lies in it.
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return not hasattr(os, "getuid") or folder.stat().st_uid in (0, os.getuid())


def _make_private(folder: Path, emptied: bool = False) -> None:
    """Make a folder that nobody else can write to, or take back one that others can.

    Parameters
    ----------
    folder : Path
    emptied : bool, default False
        Remove what lies in a folder that others could write to, for it may be theirs.

    Raises
    ------
    PermissionError
        If it is another user's, or the file system knows no permissions.
    """
    with contextlib.suppress(FileExistsError):
        # The umask can only take permissions away, and these are the owner's.
        folder.mkdir(mode=0o700)
        folder.chmod(0o700)
    if not hasattr(os, "getuid"):
        return
    # A link of one's own, to a larger disk perhaps, may be followed.
    owners = {folder.lstat().st_uid, folder.stat().st_uid}
    if owners != {os.getuid()}:
        raise PermissionError(f"{folder} belongs to another user")
    mode = folder.stat().st_mode
    if mode & OTHERS:
        folder.chmod(stat.S_IMODE(mode) & ~OTHERS)
        for path in folder.iterdir() if emptied else ():
            path.unlink()
        if folder.stat().st_mode & OTHERS:
            raise PermissionError(f"{folder} can be written to by other users")


def _sweep(folder: Path) -> None:
    # What a program that was killed while it wrote has left.
    for path in folder.glob(".new-*"):
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > ABANDONED_SECONDS:
                path.unlink()


@cache
def source_digest() -> str:
    """Digest of everything that decides what the kernels compile to."""
    digest = hashlib.sha256()
    kernels = Path(__file__).parents[1]
    for path in sorted(kernels.rglob("*.py")):
        digest.update(path.relative_to(kernels).as_posix().encode() + path.read_bytes())
    # Products are cut to what the BLAS kernels and the cache at hand are good at.
    with plain_search_path():
        versions = (
            sys.version, version("numba"), version("llvmlite"), core_name(), first_level_cache()
        )
    digest.update(repr(versions).encode())
    for name in COMPILER_VARIABLES:
        if name in os.environ:
            digest.update(f"{name}={os.environ[name]}".encode())
    return digest.hexdigest()


def is_compiled(dtype: str, part: str = "training") -> bool:
    """True if this machine's cache holds the kernels of a dtype and part of the work.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    part : str, default 'training'
        A part of the work; see :func:`fastavg.kernels.warm_up.warm_up`.
    """
    folder = cache_folder()
    return folder is not None and (folder / f"complete-{part}-{dtype}").exists()
