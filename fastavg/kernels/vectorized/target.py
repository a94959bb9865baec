"""What the processor that kernels are compiled for can do."""

from __future__ import annotations

import hashlib

import numba
from numba.core.registry import cpu_target

# Asked of a processor without them, LLVM would end the program.
BFLOAT16_FEATURES = ("avx512f", "avx512bw", "avx512bf16")


def target_digest() -> str:
    """What tells the processors apart that kernels may be compiled for."""
    target = cpu_target.target_context.codegen().magic_tuple()
    return hashlib.sha256(repr(target).encode()).hexdigest()


def multiplies_bfloat16() -> bool:
    """True if kernels may hold instructions that multiply bfloat16.

    Numba's target decides, which is this processor unless ``NUMBA_CPU_NAME`` or
    ``NUMBA_CPU_FEATURES`` name another.
    """
    if numba.config.DISABLE_JIT:
        return False
    *_, features = cpu_target.target_context.codegen().magic_tuple()
    return {f"+{name}" for name in BFLOAT16_FEATURES} <= set(features.split(","))
