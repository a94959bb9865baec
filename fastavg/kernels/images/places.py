"""Where the pixels of a line are read, in vector code: the same pixel of several images at once.

As a loop in Python this has more arrays than a compiler compares for overlap, and it would be
compiled to one number at a time.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from fastavg.kernels.images.displacement import LANES

# Rows of ``maps``, for each axis: where pixel (0, 0) is read, and by how much a step down and
# a step to the right move that.
START, DOWN, ACROSS = range(3)
WORD, SIZE = ir.IntType(32), ir.IntType(64)
WORDS = ir.VectorType(WORD, LANES)


class Lanes:
    """Writes vector code: one number of ``LANES`` images at a time.

    Parameters
    ----------
    builder : llvmlite.ir.IRBuilder
        Where it is written.
    number : llvmlite.ir.Type
        float or double.
    """

    def __init__(self, builder: Any, number: Any) -> None:
        self.builder, self.number = builder, number
        self.vector = ir.VectorType(number, LANES)
        self.name = f"v{LANES}f{32 if number == ir.FloatType() else 64}"

    def splat(self, value: Any, kind: Any = None) -> Any:
        """The same value in all lanes.

        Parameters
        ----------
        value : LLVM value
            A number.
        kind : LLVM vector type, optional
            Of numbers like ``value``; of ``number`` if not given.

        Returns
        -------
        LLVM vector
            Of ``kind``.
        """
        kind = kind or self.vector
        first = self.builder.insert_element(ir.Constant(kind, ir.Undefined), value, WORD(0))
        order = ir.Constant(ir.VectorType(WORD, LANES), [0] * LANES)
        return self.builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), order)

    def splat_whole(self, value: Any) -> Any:
        """A whole number as a floating-point one in all lanes.

        Parameters
        ----------
        value : LLVM value, int64
            The number.

        Returns
        -------
        LLVM vector
            Of ``number``.
        """
        return self.splat(self.builder.sitofp(value, self.number))

    def _at(self, base: Any, place: Any, kind: Any) -> Any:
        return self.builder.bitcast(self.builder.gep(base, [place]), kind.as_pointer())

    def load(self, base: Any, place: Any) -> Any:
        """The numbers at a place, one for each lane.

        Parameters
        ----------
        base : LLVM pointer
            Memory of ``number``.
        place : LLVM value, int64
            Where the first lane is, in numbers.

        Returns
        -------
        LLVM vector
            Of ``number``.
        """
        loaded = self.builder.load(self._at(base, place, self.vector))
        loaded.align = 4
        return loaded

    def store(self, value: Any, base: Any, place: Any) -> None:
        """Write a vector to a place.

        Parameters
        ----------
        value : LLVM vector
            What is written.
        base : LLVM pointer
            Memory of such numbers.
        place : LLVM value, int64
            Where the first lane goes, in numbers.
        """
        self.builder.store(value, self._at(base, place, value.type)).align = 4

    def product_plus(self, a: Any, b: Any, c: Any) -> Any:
        """``a b + c``, rounded once where the processor can.

        Parameters
        ----------
        a, b, c : LLVM vector
            Of ``number``.

        Returns
        -------
        LLVM vector
            Of ``number``.
        """
        kind = ir.FunctionType(self.vector, [self.vector] * 3)
        name = f"llvm.fmuladd.{self.name}"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [a, b, c])

    def floor(self, a: Any) -> Any:
        """The whole numbers below.

        Parameters
        ----------
        a : LLVM vector
            Of ``number``.

        Returns
        -------
        LLVM vector
            Of ``number``.
        """
        kind = ir.FunctionType(self.vector, [self.vector])
        name = f"llvm.floor.{self.name}"
        function = cgutils.get_or_insert_function(self.builder.module, kind, name)
        return self.builder.call(function, [a])

    def least(self, a: Any, b: Any) -> Any:
        """The smaller number of each lane.

        Parameters
        ----------
        a, b : LLVM vector
            Of ``number``.

        Returns
        -------
        LLVM vector
            Of ``number``; ``b`` where one is NaN.
        """
        return self.builder.select(self.builder.fcmp_ordered("<", a, b), a, b)

    def most(self, a: Any, b: Any) -> Any:
        """The larger number of each lane.

        Parameters
        ----------
        a, b : LLVM vector
            Of ``number``.

        Returns
        -------
        LLVM vector
            Of ``number``; ``b`` where one is NaN.
        """
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)


def _places_of_line(bent: bool) -> Any:
    def code(
        typingctx: Any, maps: Any, y: Any, field: Any, knots: Any, weights: Any, shape: Any,
        places: Any, parts: Any,
    ) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            def memory(index: int) -> Any:
                return context.make_array(signature.args[index])(
                    context, builder, values[index]
                ).data

            def times(a: Any, b: Any) -> Any:
                return builder.mul(a, b if isinstance(b, ir.Value) else SIZE(b))

            maps, field, weights = memory(0), memory(2), memory(4)
            places, parts, y = memory(6), memory(7), values[1]
            line = Lanes(builder, context.get_value_type(signature.args[0].dtype))
            height, width, long, deep, image = (
                builder.extract_value(values[5], at) for at in range(5)
            )
            knot_line, distance = (builder.extract_value(values[3], at) for at in range(2))
            count = times(width, LANES)
            starts, across, sizes, most = [], [], [], []
            for axis, size in enumerate((height, width)):
                start, down, right = (
                    line.load(maps, SIZE((3 * axis + each) * LANES))
                    for each in (START, DOWN, ACROSS)
                )
                starts.append(line.product_plus(line.splat_whole(y), down, start))
                across.append(right)
                sizes.append(line.splat_whole(size))
                most.append(line.splat_whole(builder.add(size, SIZE(1))))
            counts = [
                line.splat(builder.load(builder.gep(
                    weights, [builder.add(times(y, 4), SIZE(each))]
                ))) for each in range(4)
            ]
            zero = ir.Constant(line.vector, [0.0] * LANES)
            lanes = ir.Constant(WORDS, list(range(LANES)))

            def words(value: Any) -> Any:
                return line.splat(builder.trunc(value, WORD), WORDS)

            images = builder.mul(lanes, words(image))
            with cgutils.for_range(builder, width) as loop:
                first, wholes = times(loop.index, LANES), []
                x = line.splat_whole(loop.index)
                for axis in range(2):
                    place = line.product_plus(x, across[axis], starts[axis])
                    if bent:
                        at = builder.add(times(knot_line, count), times(distance, axis))
                        a, b, c, d = (
                            line.load(field, builder.add(
                                builder.add(at, first), times(count, each)
                            )) for each in range(4)
                        )
                        p, q, r, s = counts
                        near = line.product_plus(p, a, builder.fmul(q, b))
                        far = line.product_plus(r, c, builder.fmul(s, d))
                        place = builder.fadd(place, builder.fadd(near, far))
                    inside = line.least(line.most(place, zero), most[axis])
                    pixel = line.least(line.floor(inside), sizes[axis])
                    line.store(
                        builder.fsub(inside, pixel), parts,
                        builder.add(first, times(count, axis)),
                    )
                    wholes.append(builder.fptosi(pixel, WORDS))
                found = builder.add(
                    builder.mul(wholes[0], words(long)), builder.mul(wholes[1], words(deep))
                )
                line.store(builder.add(found, images), places, first)
            return context.get_dummy_value()

        return types.void(maps, y, field, knots, weights, shape, places, parts), generate

    return intrinsic(code)


# The places of line y of LANES images, by an affine map; and with a displacement field besides.
#
# maps : array (6, LANES) of float32 or float64: START, DOWN and ACROSS of both axes.
# y : int64.
# field : array like maps, of any shape: of each axis, lines of (width, LANES).
# knots : the first of the four lines that reach y, and numbers between the axes' fields; int64.
# weights : array (height, 4) like maps: how much each of the four counts.
# shape : height, width, numbers of a framed line, of a pixel, and of a framed image; int64.
# places : array (width, LANES) of int32, overwritten: the framed pixel above and to the left.
# parts : array (2, width, LANES) like maps, overwritten: how far the place is below that pixel,
#     and beyond it to the right, from 0 to 1.
straight_places, bent_places = _places_of_line(False), _places_of_line(True)
