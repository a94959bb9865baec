"""Where the pixels of a line are read, in vector code: the same pixel of ``LANES`` images at once.

As a loop in Python this has more arrays than a compiler compares for overlap, and it would be
compiled to one number at a time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.addresses import address_of
from fastavg.kernels.vectorized.emitter import (
    DOUBLE,
    FLOAT,
    LANES,
    WORD,
    WORD_BYTES,
    WORDS,
    Emitter,
    bytes_of,
    emitted,
)

# Rows of ``maps``, for each axis: where pixel (0, 0) is read, and by how much a step down and
# a step to the right move that.
START, DOWN, ACROSS = range(3)


def _places(number: Any, bent: bool) -> Any:
    """Places along a line by an affine map, and with a displacement field if ``bent``."""
    kind, size = ir.VectorType(number, LANES), bytes_of(number)
    name, step = f"v{LANES}f{8 * size}", LANES * size

    @emitted
    def write(
        to: Emitter, maps: Any, y: Any, field: Any, apart: Any, weights: Any, height: Any,
        width: Any, line: Any, channels: Any, image: Any, places: Any, parts: Any,
    ) -> None:
        builder = to.builder

        def whole(value: Any) -> Any:
            return to.splat(builder.sitofp(value, number))

        def words(value: Any) -> Any:
            return to.splat(builder.trunc(value, WORD))

        def product_plus(a: Any, b: Any, c: Any) -> Any:
            return to.call(f"llvm.fmuladd.{name}", kind, [a, b, c])

        def chosen(order: str, a: Any, b: Any) -> Any:
            # The second one where the first is no number.
            return builder.select(builder.fcmp_ordered(order, a, b), a, b)

        starts, across, last, most = [], [], [], []
        for axis, pixels in enumerate((height, width)):
            start, down, right = (
                to.load(to.after(maps, (3 * axis + each) * step), kind)
                for each in (START, DOWN, ACROSS)
            )
            starts.append(product_plus(whole(y), down, start))
            across.append(right)
            last.append(whole(pixels))
            most.append(whole(to.after(pixels, 1)))
        counts = [to.splat(to.load(to.after(weights, size * each), number)) for each in range(4)]
        zero, row = ir.Constant(kind, [0.0] * LANES), to.times(width, step)
        images = builder.mul(ir.Constant(WORDS, list(range(LANES))), words(image))
        with cgutils.for_range(builder, width) as loop:
            here, x, pixels = to.times(loop.index, step), whole(loop.index), []
            for axis in range(2):
                place = product_plus(x, across[axis], starts[axis])
                if bent:
                    own = to.after(to.after(field, to.times(apart, axis)), here)
                    a, b, c, d = (
                        to.load(to.after(own, to.times(row, each)), kind) for each in range(4)
                    )
                    near = product_plus(counts[0], a, builder.fmul(counts[1], b))
                    far = product_plus(counts[2], c, builder.fmul(counts[3], d))
                    place = builder.fadd(place, builder.fadd(near, far))
                inside = chosen("<", chosen(">", place, zero), most[axis])
                pixel = chosen("<", to.call(f"llvm.floor.{name}", kind, [inside]), last[axis])
                to.store(
                    builder.fsub(inside, pixel),
                    to.after(to.after(parts, to.times(row, axis)), here),
                )
                pixels.append(builder.fptosi(pixel, WORDS))
            found = builder.add(
                builder.mul(pixels[0], words(line)), builder.mul(pixels[1], words(channels))
            )
            to.store(
                builder.add(found, images),
                to.after(places, to.times(loop.index, LANES * WORD_BYTES)),
            )

    return write


_straight_floats, _bent_floats = (_places(FLOAT, bent) for bent in (False, True))
_straight_doubles, _bent_doubles = (_places(DOUBLE, bent) for bent in (False, True))


@kernel
def places_of_line(maps, y, field, first, weights, bent, channels, places, parts):
    """Where the pixels of line ``y`` are read, in ``LANES`` framed images one behind the other.

    Parameters
    ----------
    maps : array (6, LANES) of float32 or float64
        ``START``, ``DOWN`` and ``ACROSS`` of either axis.
    y : int
        Which line.
    field : array (2, n_knots, width, LANES) like maps
        How far pixels are moved down, and to the right, along lines of knots.
    first : int
        The first of the four lines of knots that reach ``y``.
    weights : array (height, 4) like maps
        How much each of the four counts.
    bent : bool
        Whether there is a field.
    channels : int
        Numbers of a pixel.
    places : array (width * LANES,) of int32
        Overwritten: the framed pixel above and to the left of each place.
    parts : array (2, width * LANES) like maps
        Overwritten: how far the place is below that pixel, and beyond it to the right, 0 to 1.
    """
    height, width = weights.shape[0], field.shape[2]
    line = (width + 2) * channels
    image = (height + 2) * line
    apart = field.strides[0]
    ours, knots = address_of(maps), address_of(field) + first * field.strides[1]
    counts, found, rest = address_of(weights[y]), address_of(places), address_of(parts)
    if maps.itemsize == 4:
        if bent:
            _bent_floats(
                ours, y, knots, apart, counts, height, width, line, channels, image, found, rest
            )
        else:
            _straight_floats(
                ours, y, knots, apart, counts, height, width, line, channels, image, found, rest
            )
    elif bent:
        _bent_doubles(
            ours, y, knots, apart, counts, height, width, line, channels, image, found, rest
        )
    else:
        _straight_doubles(
            ours, y, knots, apart, counts, height, width, line, channels, image, found, rest
        )
