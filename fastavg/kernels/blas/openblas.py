"""A copy of scipy's OpenBLAS that belongs to fastavg alone.

Products must have the same bits in every process, and OpenBLAS gives other bits with
two threads than with one, or with another kernel set.  Both are settings of a whole
process that its user may need otherwise.  So the library is loaded a second time,
from an anonymous copy: one thread for good, and the kernels that OpenBLAS itself
chooses for the processor (docs/decisions/0010).

``FASTAVG_BLAS_CORE`` names another kernel set (``Haswell``, ``SkylakeX``); an
inherited ``OPENBLAS_CORETYPE`` speaks to other users of OpenBLAS and is not read.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

SETTINGS = ("OPENBLAS_CORETYPE", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_L2_SIZE")


@cache
def private_openblas() -> ctypes.CDLL | None:
    """The private copy; None where scipy brings no OpenBLAS of its own or the system
    has no anonymous files, and the process's shared BLAS has to serve.
    """
    spec = find_spec("scipy")
    if spec is None or spec.origin is None or not hasattr(os, "memfd_create"):
        return None
    folder = Path(spec.origin).parents[1] / "scipy.libs"
    for path in folder.glob("libscipy_openblas-*.so"):
        handle = os.memfd_create("fastavg-openblas", os.MFD_CLOEXEC)
        try:
            with path.open("rb") as source:
                while os.sendfile(handle, source.fileno(), None, 1 << 30):
                    pass
            # Libraries that OpenBLAS itself needs lie beside it: have them loaded.
            ctypes.CDLL(str(path))
            with _settings():
                library = ctypes.CDLL(f"/proc/self/fd/{handle}")
            if hasattr(library, "scipy_sgemm_") and hasattr(library, "scipy_dgemm_"):
                return library
        except OSError:
            continue
        finally:
            os.close(handle)
    return None


@cache
def core_name() -> str:
    """The kernel set in use, such as ``SkylakeX``; ``shared`` without a private copy."""
    library = private_openblas()
    if library is None:
        return "shared"
    function = library.scipy_openblas_get_corename
    function.restype = ctypes.c_char_p
    return str(function().decode())


@contextlib.contextmanager
def _settings() -> Iterator[None]:
    # OpenBLAS reads its settings from the environment once, while it is loaded.
    before = {name: os.environ.pop(name) for name in SETTINGS if name in os.environ}
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    core = os.environ.get("FASTAVG_BLAS_CORE")
    if core:
        os.environ["OPENBLAS_CORETYPE"] = core
    try:
        yield
    finally:
        for name in SETTINGS:
            os.environ.pop(name, None)
        os.environ.update(before)
