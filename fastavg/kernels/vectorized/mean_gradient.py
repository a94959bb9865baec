"""The second of two workers' gradients of a full panel, averaged with the first as it is made.

The first worker's gradient lies where the mean goes.  A tile of the second one's, still in
registers, is weighed and added to it, so the mean costs no pass over memory of its own.  What
decides whether this sum is the exact mean (:mod:`fastavg.kernels.blocks.chunk_mean`) is noted on
the way: the highest magnitude of both gradients' numbers and, of those that are not zero, the
least.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.vectorized.emitter import (
    FLOAT,
    FLOATS,
    LANES,
    WORD_BYTES,
    WORDS,
    Emitter,
)
from fastavg.kernels.vectorized.float_tiles import FULL, strip_of

# In what a tile notes: the highest bits of every lane, the least, the shares of both workers.
HIGHEST, LEAST, SHARES, NOTED = 0, LANES, 2 * LANES, 2 * LANES + 2
_MAGNITUDE = 0x7FFFFFFF


def _write_mean(
    to: Emitter, numbers: list[list[Any]], places: list[list[Any]], target: Any, _: Any,
    __: Any, noted: Any,
) -> None:
    """Add the numbers of a tile, weighed, to those that are there, and note their extremes."""
    builder = to.builder
    magnitude, one = (ir.Constant(WORDS, [number] * LANES) for number in (_MAGNITUDE, 1))
    first, second = (
        to.splat(to.load(to.after(noted, WORD_BYTES * (SHARES + k)), FLOAT)) for k in range(2)
    )
    ends = [to.after(noted, WORD_BYTES * place) for place in (HIGHEST, LEAST)]
    highest, least = (to.load(end, WORDS) for end in ends)
    for line, distances in zip(numbers, places, strict=True):
        for number, distance in zip(line, distances, strict=True):
            place = builder.add(target, distance)
            there = to.load(place, FLOATS)
            for given in (there, number):
                bits = builder.and_(builder.bitcast(given, WORDS), magnitude)
                highest = builder.select(
                    builder.icmp_signed(">", bits, highest), bits, highest
                )
                # Zero, less one, is the highest number without a sign.
                less = builder.sub(bits, one)
                least = builder.select(builder.icmp_unsigned("<", less, least), less, least)
            total = builder.fadd(builder.fmul(there, first), builder.fmul(number, second))
            # The mean of two negative zeros is a positive one.
            to.store(builder.fadd(total, to.zeros()), place)
    for found, end in zip((highest, least), ends, strict=True):
        to.store(found, end)


_average = strip_of(FULL, _write_mean)


@kernel
def begin_notes(shares, noted):
    """Nothing noted yet.

    Parameters
    ----------
    shares : array (2,) of float64
        Both workers' weights in the mean, powers of two.
    noted : array (NOTED,) of int32
        Overwritten.
    """
    for lane in range(LANES):
        noted[HIGHEST + lane], noted[LEAST + lane] = 0, -1
    numbers = noted[SHARES:].view(np.float32)
    for k in range(2):
        numbers[k] = shares[k]


@kernel
def average_product(
    rows, depth, left, row_step, depth_step, right, right_ld, zero, scale, target, target_ld, noted
):
    """target <- first share * target + second share * scale * (left right), of a full panel.

    Parameters
    ----------
    rows : int
        Rows of the left operand and of the mean.
    depth : int
        Columns of the left operand and rows of the right one, at least one.
    left : int64
        Address of the left operand.
    row_step, depth_step : int64
        From one row of it to the next, and from one column to the next, in bytes.
    right : int64
        Address of the right operand: ``PANEL`` columns.
    right_ld : int64
        Distance of its rows, in bytes.
    zero : int64
        Address of a number that is 0.
    scale : float32
        Factor of the product.
    target : int64
        Address of the first gradient, overwritten by the mean.
    target_ld : int64
        Distance of its rows, in bytes.
    noted : int64
        Address of the notes (:func:`begin_notes`), moved on.
    """
    _average(
        rows, depth, left, row_step, depth_step, right, right_ld, zero, 0, np.float32(scale),
        target, target_ld, 0, noted,
    )


@kernel
def extremes(noted):
    """The highest magnitude's bits, and the least one's that is not zero, less one.

    Parameters
    ----------
    noted : array (NOTED,) of int32
        By :func:`average_product`.

    Returns
    -------
    highest, least : int32
        As :func:`fastavg.kernels.blocks.chunk_mean.light_mean` looks at; -1 if all are zero.
    """
    highest, least = noted[HIGHEST], noted[LEAST]
    for lane in range(1, LANES):
        highest = max(highest, noted[HIGHEST + lane])
        # A number that is higher than -1 as a signed one is lower as an unsigned one.
        other = noted[LEAST + lane]
        if other != -1 and (least == -1 or other < least):
            least = other
    return highest, least
