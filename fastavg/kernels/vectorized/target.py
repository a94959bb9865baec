"""What the processor that kernels are compiled for can do."""

from __future__ import annotations

import hashlib
from functools import cache

import numba
from numba.core.registry import cpu_target

# Asked of a processor without them, LLVM would end the program.
BFLOAT16_FEATURES = ("avx512f", "avx512bw", "avx512bf16")
# Any processor runs vectors of 64 bytes; these hold one in a register, or in two.
WIDE_FEATURES = ("avx512f",)
NARROW_FEATURES = ("avx2", "fma")


def target_digest() -> str:
    """What tells the processors apart that kernels may be compiled for."""
    target = cpu_target.target_context.codegen().magic_tuple()
    return hashlib.sha256(repr(target).encode()).hexdigest()


def multiplies_bfloat16() -> bool:
    """True if kernels may hold instructions that multiply bfloat16.

    Numba's target decides, which is this processor unless ``NUMBA_CPU_NAME`` or
    ``NUMBA_CPU_FEATURES`` name another.
    """
    return _has(BFLOAT16_FEATURES)


def has_wide_vectors() -> bool:
    """True if kernels may hold vectors of 64 bytes in one register, 32 of these.

    Numba's target decides, as for :func:`multiplies_bfloat16`.
    """
    return _has(WIDE_FEATURES)


def has_vectors() -> bool:
    """True if kernels gain by explicit vectors of 64 bytes, in one register each or in two.

    Numba's target decides, as for :func:`multiplies_bfloat16`.
    """
    return has_wide_vectors() or _has(NARROW_FEATURES)


def _has(wanted: tuple[str, ...]) -> bool:
    return not numba.config.DISABLE_JIT and {f"+{name}" for name in wanted} <= _features()


@cache
def _features() -> set[str]:
    # LLVM takes a third of a millisecond to name them, and every training asks several times.
    *_, features = cpu_target.target_context.codegen().magic_tuple()
    return set(features.split(","))
