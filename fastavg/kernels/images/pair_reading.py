"""Pixels between their neighbours, read as pairs of neighbours, in vector code.

A pair is one number of 64 bits, so that a pixel takes two readings instead of four, and the pairs
of ``LANES`` images are put side by side in registers.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.images.displacement import LANES
from fastavg.kernels.images.places import SIZE, WORD, Lanes

PAIRS = ir.VectorType(SIZE, LANES)
NUMBERS = ir.VectorType(ir.FloatType(), 2 * LANES)


@intrinsic
def read_pairs(
    typingctx: Any, pairs: Any, line: Any, places: Any, parts: Any, shown: Any
) -> Any:
    """shown[i] <- the images at place i.

    Parameters
    ----------
    typingctx : numba typing context
        Passed by numba.
    pairs : array of uint64
        Of :func:`~fastavg.kernels.images.bilinear.frame_pairs` in float32, one image behind the
        other.
    line : int64
        Pixels of a framed line.
    places : array (n,) of int32
        The framed pixel above and to the left of each place; n is a multiple of ``LANES``.
    parts : array (2, n) of float32
        How far the place is below that pixel, and beyond it to the right, from 0 to 1.
    shown : array (n,) of float32
        Overwritten.
    """
    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        def array(index: int) -> Any:
            return context.make_array(signature.args[index])(context, builder, values[index])

        pairs, places, parts, shown = (array(index).data for index in (0, 2, 3, 4))
        lanes = Lanes(builder, ir.FloatType())
        count = builder.extract_value(array(2).shape, 0)

        def neighbours(at: list[Any]) -> tuple[Any, Any]:
            together = ir.Constant(PAIRS, ir.Undefined)
            for lane, place in enumerate(at):
                pair = builder.load(builder.gep(pairs, [place]))
                together = builder.insert_element(together, pair, WORD(lane))
            numbers = builder.bitcast(together, NUMBERS)
            left, right = (
                builder.shuffle_vector(numbers, numbers, ir.Constant(
                    ir.VectorType(WORD, LANES), list(range(side, 2 * LANES, 2))
                )) for side in range(2)
            )
            return left, right

        def between(a: Any, b: Any, part: Any) -> Any:
            return lanes.product_plus(part, builder.fsub(b, a), a)

        with cgutils.for_range(builder, builder.udiv(count, SIZE(LANES))) as loop:
            first = builder.mul(loop.index, SIZE(LANES))
            above = [
                builder.zext(builder.load(
                    builder.gep(places, [builder.add(first, SIZE(lane))])
                ), SIZE) for lane in range(LANES)
            ]
            below = [builder.add(place, values[1]) for place in above]
            down = lanes.load(parts, first)
            right = lanes.load(parts, builder.add(first, count))
            over, under = (between(*neighbours(at), right) for at in (above, below))
            lanes.store(between(over, under, down), shown, first)
        return context.get_dummy_value()

    return types.void(pairs, types.int64, places, parts, shown), generate
