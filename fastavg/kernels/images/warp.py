"""Images rotated, scaled, sheared, shifted and bent, with one bilinear reading of a pixel.

``LANES`` images are worked on at a time, line by line, one image beside the other: where each
pixel is read (:mod:`fastavg.kernels.images.places`), and what is there
(:mod:`fastavg.kernels.images.bilinear`).
"""

from __future__ import annotations

import math

import numpy as np

from fastavg.kernels.images.bilinear import frame, frame_pairs, put_lines, read
from fastavg.kernels.images.displacement import (
    along_lines,
    draw_knots,
    knots,
    spline_weights,
)
from fastavg.kernels.images.pair_reading import read_pairs
from fastavg.kernels.images.places import ACROSS, DOWN, START, places_of_line
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.row_keys import uniform
from fastavg.kernels.numerics.prefetch import prefetch_columns
from fastavg.kernels.vectorized.emitter import LANES

# Where the largest rotation (radians), change of size (fraction), shear (fraction) and shift
# (pixels) stand among the settings, the factor on the displacement field (0 for none), the
# pixels between its knots, and the value beyond the border.
ROTATION, SCALING, SHEAR, TRANSLATION, ALPHA, SPACING, FILL = range(7)
SETTINGS = 7


@kernel
def _between(key, number, most):
    return (2.0 * uniform(key, number) - 1.0) * most


@kernel
def _draw_map(key, settings, middle_y, middle_x, lane, maps):
    angle = _between(key, 0, settings[ROTATION])
    tall = 1.0 + _between(key, 1, settings[SCALING])
    wide = 1.0 + _between(key, 2, settings[SCALING])
    shear = _between(key, 3, settings[SHEAR])
    sine, cosine = math.sin(angle), math.cos(angle)
    yy, yx = cosine * tall, -sine * wide + cosine * tall * shear
    xy, xx = sine * tall, cosine * wide + sine * tall * shear
    # The image has a frame of one pixel, and so the places of pixels are one more.
    down = middle_y + 1.0 + _between(key, 4, settings[TRANSLATION])
    right = middle_x + 1.0 + _between(key, 5, settings[TRANSLATION])
    maps[START, lane] = down - yy * middle_y - yx * middle_x
    maps[3 + START, lane] = right - xy * middle_y - xx * middle_x
    maps[DOWN, lane], maps[ACROSS, lane] = yy, yx
    maps[3 + DOWN, lane], maps[3 + ACROSS, lane] = xy, xx


@kernel(allocates=True)
def warp(rows, order, keys, height, width, settings, out):
    """out[i] <- image ``rows[order[i]]``, deformed as its key says.

    An output pixel at (y, x) from the middle shows the input at ``A (y, x) + t + d(y, x)``: A
    is a rotation, times a change of size along each axis, times a shear; t a shift; d a smooth
    random field (:mod:`fastavg.kernels.images.displacement`).  All are drawn uniformly up to
    their largest values.  Beyond its border an image has one value.

    Parameters
    ----------
    rows : array (n_rows, height * width * channels) of float32 or float64
        Images: line by line, the channels of a pixel side by side.
    order : array (n,) of int64
        Numbers of rows.
    keys : array (n,) of uint64
        Of :func:`~fastavg.kernels.keyed.row_keys.row_keys`.
    height, width : int
        Pixels.
    settings : array (SETTINGS,) of float64
        See ``ROTATION`` and the like.
    out : array (n, height * width * channels) like rows
        Overwritten; other memory than ``rows``.
    """
    number = out.dtype.type
    channels = rows.shape[1] // (height * width)
    line, n = (width + 2) * channels, width * LANES
    size = (height + 2) * line
    in_pairs = channels == 1 and out.itemsize == 4
    images = np.full(LANES * size * (2 if in_pairs else 1), number(settings[FILL]))
    group, maps = np.empty(LANES, np.uint64), np.empty((6, LANES), out.dtype)
    bent = settings[ALPHA] != 0.0
    spacing = settings[SPACING] if bent else 1.0 * max(height, width)
    n_y, n_x = knots(height, spacing), knots(width, spacing)
    first_y, weights_y = np.empty(height, np.int64), np.empty((height, 4), out.dtype)
    first_x, weights_x = np.empty(width, np.int64), np.empty((width, 4), out.dtype)
    spline_weights(spacing, first_y, weights_y)
    spline_weights(spacing, first_x, weights_x)
    noise = np.empty((n_y * n_x, LANES), out.dtype)
    field = np.empty((2, n_y, width, LANES), out.dtype)
    places, parts = np.empty(n, np.int32), np.empty((2, n), out.dtype)
    shown = np.empty(n, out.dtype)
    for first in range(0, out.shape[0], LANES):
        count = min(LANES, out.shape[0] - first)
        behind = first + count
        for lane in range(LANES):
            # The last group is filled up with its last image.
            i = first + min(lane, count - 1)
            group[lane] = keys[i]
            _draw_map(keys[i], settings, 0.5 * (height - 1), 0.5 * (width - 1), lane, maps)
            if in_pairs:
                frame_pairs(rows[order[i]], width, images[2 * lane * size : 2 * (lane + 1) * size])
            else:
                frame(rows[order[i]], line, channels, images[lane * size : (lane + 1) * size])
        if bent:
            for axis in range(2):
                draw_knots(group, axis, settings[ALPHA], noise)
                along_lines(noise, first_x, weights_x, field[axis].reshape(-1, LANES))
        for y in range(height):
            places_of_line(maps, y, field, first_y[y], weights_y, bent, channels, places, parts)
            begin, end = y * width * channels, (y + 1) * width * channels
            # The next images lie anywhere in memory; they come, line by line, while we compute.
            prefetch_columns(
                rows, order, behind, min(behind + LANES, out.shape[0]), begin, end
            )
            if in_pairs:
                read_pairs(images, line, places, parts, shown)
                put_lines(shown, width, out, first, count, begin)
            else:
                read(images, line, places, parts, out, first, count, begin)
