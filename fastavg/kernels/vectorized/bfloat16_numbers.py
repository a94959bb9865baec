"""Bfloat16 in vector code: rounding to it, pairs along the depth, and products of pairs."""

from __future__ import annotations

from typing import Any

from llvmlite import ir

from fastavg.kernels.vectorized.emitter import FLOATS, HALVES, LANES, WORDS, Emitter


class _BFloat(ir.types.Type):  # type: ignore[misc]
    """LLVM's bfloat, which llvmlite has no type for: its code is text, so the name is enough."""

    null = "0.0"
    intrinsic_name = "bf16"

    def __str__(self) -> str:
        return "bfloat"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _BFloat)

    def __hash__(self) -> int:
        return hash(_BFloat)


BFLOATS = ir.VectorType(_BFloat(), 2 * LANES)


def to_bfloat16(to: Emitter, low: Any, high: Any) -> Any:
    """32 float32 rounded to nearest even, ``low`` first; subnormal numbers become zero.

    Parameters
    ----------
    to : Emitter
        What the code is written with.
    low, high : LLVM vectors of 16 float32
        The first 16 numbers, and the last 16.

    Returns
    -------
    LLVM vector of 32 int16
        The bits of the bfloat16.
    """
    halves = to.call("llvm.x86.avx512bf16.cvtne2ps2bf16.512", BFLOATS, [high, low])
    return to.builder.bitcast(halves, HALVES)


def paired(to: Emitter, upper: Any, lower: Any) -> tuple[Any, Any]:
    """The words (upper, lower) of two rows of 32 bfloat16: the first 16, the last 16.

    Parameters
    ----------
    to : Emitter
        What the code is written with.
    upper, lower : LLVM vectors of 32 int16
        The bits of two rows of bfloat16.

    Returns
    -------
    first, last : LLVM vectors of 16 words
        The pairs of columns 0 to 15, and of 16 to 31.
    """
    low = [lane // 2 + 2 * LANES * (lane % 2) for lane in range(2 * LANES)]
    words = (to.shuffle(upper, lower, [lane + start for lane in low]) for start in (0, LANES))
    first, last = (to.builder.bitcast(each, WORDS) for each in words)
    return first, last


def multiply_pairs(to: Emitter, total: Any, left: Any, right: Any) -> Any:
    """``total`` plus, in every lane, the products of both bfloat16 of two words.

    Parameters
    ----------
    to : Emitter
        What the code is written with.
    total : LLVM vector of 16 float32
        What the products are added to.
    left, right : LLVM vectors of 16 words
        Two bfloat16 in every lane.

    Returns
    -------
    LLVM vector of 16 float32
        The sums.
    """
    return to.call("llvm.x86.avx512bf16.dpbf16ps.512", FLOATS, [
        total, to.builder.bitcast(left, BFLOATS), to.builder.bitcast(right, BFLOATS),
    ])
