"""Pixels between their neighbours, read as pairs of neighbours, in vector code.

A pair is one number of 64 bits, so that a pixel takes two readings instead of four, and the pairs
of ``LANES`` images are put side by side in registers.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.emitter import (
    FLOAT,
    FLOATS,
    LANES,
    SIZE,
    VECTOR_BYTES,
    WORD,
    WORD_BYTES,
    Emitter,
    emitted,
)

PAIRS = ir.VectorType(SIZE, LANES)
NUMBERS = ir.VectorType(FLOAT, 2 * LANES)


@emitted
def _read_vectors(
    to: Emitter, pairs: Any, line: Any, places: Any, parts: Any, shown: Any, count: Any
) -> None:
    builder = to.builder
    pair_bytes = 2 * WORD_BYTES

    def neighbours(at: list[Any]) -> tuple[Any, Any]:
        together = ir.Constant(PAIRS, ir.Undefined)
        for lane, place in enumerate(at):
            pair = to.load(to.after(pairs, to.times(place, pair_bytes)), SIZE)
            together = builder.insert_element(together, pair, WORD(lane))
        numbers = builder.bitcast(together, NUMBERS)
        left, right = (
            to.shuffle(numbers, numbers, range(side, 2 * LANES, 2)) for side in range(2)
        )
        return left, right

    def between(a: Any, b: Any, part: Any) -> Any:
        return to.call("llvm.fmuladd.v16f32", FLOATS, [part, builder.fsub(b, a), a])

    with cgutils.for_range(builder, count) as loop:
        here = to.times(loop.index, VECTOR_BYTES)
        first = to.after(places, here)
        above = [
            builder.zext(to.load(to.after(first, WORD_BYTES * lane), WORD), SIZE)
            for lane in range(LANES)
        ]
        below = [to.after(place, line) for place in above]
        down = to.load(to.after(parts, here), FLOATS)
        right = to.load(to.after(to.after(parts, to.times(count, VECTOR_BYTES)), here), FLOATS)
        over, under = (between(*neighbours(at), right) for at in (above, below))
        to.store(between(over, under, down), to.after(shown, here))


@kernel
def read_pairs(pairs, line, places, parts, shown):
    """shown[i] <- the images at place i.

    Parameters
    ----------
    pairs : array of float32
        Of :func:`~fastavg.kernels.images.bilinear.frame_pairs`, one image behind the other.
    line : int
        Pixels of a framed line.
    places : array (n,) of int32
        The framed pixel above and to the left of each place; n is a multiple of ``LANES``.
    parts : array (2, n) of float32
        How far the place is below that pixel, and beyond it to the right, from 0 to 1.
    shown : array (n,) of float32
        Overwritten.
    """
    _read_vectors(
        address_of(pairs), line, address_of(places), address_of(parts), address_of(shown),
        places.size // LANES,
    )
