"""Where compiled kernels lie on disk, found without importing the compiler."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import sys
import tempfile
import time
from functools import cache
from importlib.metadata import version
from pathlib import Path

from fastavg.kernels.blas.openblas import core_name

ABANDONED_SECONDS = 86_400


@cache
def cache_folder() -> Path | None:
    """Folder of the compiled kernels of this source and compiler, None if there is none.

    ``FASTAVG_CACHE_DIR`` or ``NUMBA_CACHE_DIR`` name its parent, else the user's
    cache folder is taken.  A folder that somebody else could write to is refused:
    cache files hold machine code.
    """
    named = os.environ.get("FASTAVG_CACHE_DIR") or os.environ.get("NUMBA_CACHE_DIR")
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
    with contextlib.suppress(OSError, RuntimeError):
        parent = Path(named) if named else Path(home) if home else Path.home() / ".cache"
        folder = parent / "fastavg" / f"kernels-{source_digest()[:16]}"
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        if hasattr(os, "getuid"):
            info = folder.stat()
            if info.st_uid != os.getuid() or info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
                return None
        _sweep(folder)
        return folder
    return None


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
    # Products are cut to what the BLAS kernels at hand are good at.
    versions = (sys.version, version("numba"), version("llvmlite"), core_name())
    digest.update(repr(versions).encode())
    return digest.hexdigest()


def is_compiled(dtype: str, part: str = "training") -> bool:
    """True if this machine's cache holds the kernels of a dtype and part of the work."""
    folder = cache_folder()
    return folder is not None and (folder / f"complete-{part}-{dtype}").exists()
