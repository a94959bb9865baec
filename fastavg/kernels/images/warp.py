"""Images rotated, scaled, sheared, shifted and bent, with one bilinear reading of a pixel."""

from __future__ import annotations

import math

import numpy as np

from fastavg.kernels.images.displacement import (
    LANES,
    along_lines,
    draw_knots,
    knots,
    spline_weights,
)
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.row_keys import uniform

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
    # Where pixel (0, 0) is read, and by how much a step down and a step to the right move that.
    angle = _between(key, 0, settings[ROTATION])
    tall = 1.0 + _between(key, 1, settings[SCALING])
    wide = 1.0 + _between(key, 2, settings[SCALING])
    shear = _between(key, 3, settings[SHEAR])
    sine, cosine = math.sin(angle), math.cos(angle)
    yy, yx = cosine * tall, -sine * wide + cosine * tall * shear
    xy, xx = sine * tall, cosine * wide + sine * tall * shear
    # The image has a border of one pixel, and so the places of pixels are one more.
    down = middle_y + 1.0 + _between(key, 4, settings[TRANSLATION])
    across = middle_x + 1.0 + _between(key, 5, settings[TRANSLATION])
    maps[0, lane], maps[1, lane] = down - yy * middle_y - yx * middle_x, yy
    maps[2, lane], maps[3, lane] = across - xy * middle_y - xx * middle_x, xy
    maps[4, lane], maps[5, lane] = yx, xx


@kernel
def warp(rows, keys, height, width, settings, out):
    """out[i] <- image ``rows[i]``, deformed as its key says.

    An output pixel at (y, x) from the middle shows the input at ``A (y, x) + t + d(y, x)``: A
    is a rotation, times a change of size along each axis, times a shear; t a shift; d a smooth
    random field (:mod:`fastavg.kernels.images.displacement`).  All are drawn uniformly up to
    their largest values.  Beyond its border an image has one value.

    Parameters
    ----------
    rows : array (n, height * width * channels) of float32 or float64
        Images: line by line, the channels of a pixel side by side.
    keys : array (n,) of uint64
        Of :func:`~fastavg.kernels.keyed.row_keys.row_keys`.
    height, width : int
        Pixels.
    settings : array (SETTINGS,) of float64
        See ``ROTATION`` and the like.
    out : array like rows
        Overwritten; other memory than ``rows``.
    """
    number = out.dtype.type
    channels = rows.shape[1] // (height * width)
    line = (width + 2) * channels
    framed = np.full((LANES, (height + 2) * line), number(settings[FILL]))
    group, maps = np.empty(LANES, np.uint64), np.empty((6, LANES))
    still = np.zeros(LANES)
    bent = settings[ALPHA] != 0.0
    spacing = settings[SPACING] if bent else 1.0 * max(height, width)
    n_y, n_x = knots(height, spacing), knots(width, spacing)
    first_y, weights_y = np.empty(height, np.int64), np.empty((height, 4), out.dtype)
    first_x, weights_x = np.empty(width, np.int64), np.empty((width, 4), out.dtype)
    spline_weights(spacing, first_y, weights_y)
    spline_weights(spacing, first_x, weights_x)
    noise = np.empty((n_y * n_x, LANES), out.dtype)
    halves = np.zeros((2, n_y * width, LANES), out.dtype)
    # Of a line of pixels, the same one of all images side by side: where it is read without the
    # field, by how much the next line's place differs, and the pixel and the part that it is.
    base, step = np.empty((2, width * LANES), out.dtype), np.empty((2, width * LANES), out.dtype)
    at, whole = np.empty((2, width * LANES), out.dtype), np.empty((2, width * LANES), out.dtype)
    places = np.empty(width * LANES, np.int32)
    for first in range(0, out.shape[0], LANES):
        count = min(LANES, out.shape[0] - first)
        for lane in range(LANES):
            # The last group is filled up with its last image.
            row = first + min(lane, count - 1)
            group[lane] = keys[row]
            _draw_map(
                keys[row], settings, 0.5 * (height - 1), 0.5 * (width - 1), lane, maps
            )
            if lane < count:
                _frame(rows[row], line, channels, framed[lane])
        for axis in range(2):
            _spread(maps[2 * axis], maps[4 + axis], base[axis])
            _spread(maps[2 * axis + 1], still, step[axis])
        if bent:
            for axis in range(2):
                draw_knots(group, axis, settings[ALPHA], noise)
                along_lines(noise, first_x, weights_x, halves[axis])
        for y in range(height):
            for axis in range(2):
                field = halves[axis, first_y[y] * width :].reshape(-1)
                _bend(base[axis], step[axis], number(y), field, weights_y[y], at[axis])
                _split(at[axis], number(height if axis == 0 else width), whole[axis])
            _place(whole[0], whole[1], line, channels, places)
            _read(framed, line, channels, places, at, out, first, count, y * width * channels)


@kernel
def _frame(image, line, channels, framed):
    # The inner lines and columns; the border keeps its value.
    inner = line - 2 * channels
    for y in range(image.size // inner):
        at = (y + 1) * line + channels
        source, target = image[y * inner : (y + 1) * inner], framed[at : at + inner]
        for x in range(inner):
            target[x] = source[x]


@kernel
def _spread(start, slope, out):
    # For all pixels of a line: out <- start + x slope, of each image.
    number = out.dtype.type
    for x in range(out.size // LANES):
        line = out[x * LANES : (x + 1) * LANES]
        for lane in range(LANES):
            line[lane] = number(start[lane] + slope[lane] * x)


@kernel
def _bend(base, step, y, field, weights, at):
    # at <- the places of line y; the field is a spline over four lines of knots.
    n = at.size
    p, q, r, s = weights[0], weights[1], weights[2], weights[3]
    a, b, c, d = field[:n], field[n:], field[2 * n :], field[3 * n :]
    for i in range(n):
        at[i] = (base[i] + y * step[i]) + ((p * a[i] + q * b[i]) + (r * c[i] + s * d[i]))


@kernel
def _split(at, size, whole):
    # whole <- the pixel above, or to the left; at <- the part that is left.
    number = at.dtype.type
    zero, most = number(0), size + number(1)
    for i in range(at.size):
        inside = min(max(at[i], zero), most)
        pixel = min(np.floor(inside), size)
        whole[i], at[i] = pixel, inside - pixel


@kernel
def _place(above, left, line, channels, places):
    wide, deep = np.int32(line), np.int32(channels)
    for i in range(places.size):
        places[i] = np.int32(above[i]) * wide + np.int32(left[i]) * deep


@kernel
def _read(framed, line, channels, places, parts, out, first, count, begin):
    # Each pixel from four neighbours; one channel by itself, whose loop is simpler.
    lower, beside = parts[0], parts[1]
    width = places.size // LANES
    if channels == 1:
        for lane in range(count):
            image, target = framed[lane], out[first + lane, begin : begin + width]
            # The four neighbours of a pixel, each at the same place of a view.
            right, under, beyond = image[1:], image[line:], image[line + 1 :]
            own, parts_x, parts_y = places[lane:], beside[lane:], lower[lane:]
            for x in range(width):
                i = np.uint64(x * LANES)
                at, part = np.uint64(np.uint32(own[i])), parts_x[i]
                over = image[at] + part * (right[at] - image[at])
                below = under[at] + part * (beyond[at] - under[at])
                target[x] = over + parts_y[i] * (below - over)
        return
    for lane in range(count):
        image, target = framed[lane], out[first + lane]
        for x in range(width):
            pixel = x * LANES + lane
            for c in range(channels):
                corner, part = places[pixel] + c, beside[pixel]
                right, low = corner + channels, corner + line
                over = image[corner] + part * (image[right] - image[corner])
                below = image[low] + part * (image[low + channels] - image[low])
                target[begin + x * channels + c] = over + lower[pixel] * (below - over)
