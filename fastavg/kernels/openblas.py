"""Make scipy's OpenBLAS use the vector width that the processor has.

OpenBLAS chooses its kernels from a list of processors it knows and falls back to
256-bit ones on a processor younger than itself.  Where the processor has AVX-512
and OpenBLAS overlooked it, products run at half speed; this module then asks for
the AVX-512 set, once, before the first product (docs/decisions/0010).
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from typing import Any

import llvmlite.binding as llvm

NEEDED = ("avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl")
OVERLOOKED = ("Haswell", "Zen", "Excavator", "Sandybridge", "Prescott", "Nehalem", "Barcelona")


def _library() -> Any:
    import threadpoolctl
    from scipy.linalg import cython_blas

    here = os.path.dirname(os.path.dirname(os.path.dirname(cython_blas.__file__)))
    for found in threadpoolctl.ThreadpoolController().lib_controllers:
        if found.internal_api == "openblas" and found.filepath.startswith(
            os.path.join(here, "scipy.libs")
        ):
            return found
    return None


@cache
def choose_core() -> str:
    """Name of the kernel set that products will use; switches it where it falls short.

    ``FASTAVG_BLAS_CORE=keep`` leaves OpenBLAS alone, and so does a set
    ``OPENBLAS_CORETYPE``.
    """
    found = _library()
    if found is None:
        return "unknown"
    core = str(found.architecture)
    if os.environ.get("FASTAVG_BLAS_CORE") == "keep" or os.environ.get("OPENBLAS_CORETYPE"):
        return core
    features = llvm.get_host_cpu_features()
    if core not in OVERLOOKED or not all(features.get(name) for name in NEEDED):
        return core
    library = ctypes.CDLL(found.filepath)
    steps = ("gotoblas_dynamic_quit", "gotoblas_dynamic_init", "gotoblas_SKYLAKEX")
    if not all(hasattr(library, name) for name in steps):
        return core
    os.environ["OPENBLAS_CORETYPE"] = "SkylakeX"
    try:
        library.gotoblas_dynamic_quit()
        library.gotoblas_dynamic_init()
    finally:
        del os.environ["OPENBLAS_CORETYPE"]
    return str(_library().architecture)
