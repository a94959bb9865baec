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
    bent = settings[ALPHA] != 0.0
    spacing = settings[SPACING] if bent else 1.0 * max(height, width)
    n_y, n_x = knots(height, spacing), knots(width, spacing)
    first_y, weights_y = np.empty(height, np.int64), np.empty((height, 4), out.dtype)
    first_x, weights_x = np.empty(width, np.int64), np.empty((width, 4), out.dtype)
    spline_weights(spacing, first_y, weights_y)
    spline_weights(spacing, first_x, weights_x)
    noise = np.empty((n_y * n_x, LANES), out.dtype)
    halves = np.zeros((2, n_y * width, LANES), out.dtype)
    # Of a line: where a pixel is read, its upper left neighbour, and how far below and beside.
    places = np.empty((width, LANES), np.int32)
    lower, beside = np.empty((width, LANES), out.dtype), np.empty((width, LANES), out.dtype)
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
        if bent:
            for axis in range(2):
                draw_knots(group, axis, settings[ALPHA], noise)
                along_lines(noise, first_x, weights_x, halves[axis])
        for y in range(height):
            base = first_y[y] * width
            _place(
                y, maps, halves[0, base:], halves[1, base:], weights_y[y], height, line, channels,
                places, lower, beside,
            )
            for lane in range(count):
                target = out[first + lane, y * width * channels : (y + 1) * width * channels]
                _read(framed[lane], line, channels, lane, places, lower, beside, target)


@kernel
def _frame(image, line, channels, framed):
    # The inner lines and columns; the border keeps its value.
    inner = line - 2 * channels
    for y in range(image.size // inner):
        source, target = y * inner, (y + 1) * line + channels
        for x in range(inner):
            framed[target + x] = image[source + x]


@kernel
def _place(y, maps, down, across, weights, height, line, channels, places, lower, beside):
    # Where the pixels of line y are read; the fields are splines over four lines of knots.
    number = lower.dtype.type
    width = places.shape[0]
    last_y, last_x = np.int32(height), np.int32(width)
    bottom, right, zero = number(height + 1), number(width + 1), number(0)
    wide, deep = np.int32(line), np.int32(channels)
    from_y, from_x = np.empty(LANES, lower.dtype), np.empty(LANES, lower.dtype)
    step_y, step_x = np.empty(LANES, lower.dtype), np.empty(LANES, lower.dtype)
    for lane in range(LANES):
        from_y[lane] = number(maps[0, lane] + y * maps[1, lane])
        from_x[lane] = number(maps[2, lane] + y * maps[3, lane])
        step_y[lane], step_x[lane] = number(maps[4, lane]), number(maps[5, lane])
    p, q, r, s = weights[0], weights[1], weights[2], weights[3]
    for x in range(width):
        a, b, c, d = down[x], down[width + x], down[2 * width + x], down[3 * width + x]
        e, f, g, h = across[x], across[width + x], across[2 * width + x], across[3 * width + x]
        at, under, besides, along = places[x], lower[x], beside[x], number(x)
        for lane in range(LANES):
            at_y = from_y[lane] + step_y[lane] * along
            at_x = from_x[lane] + step_x[lane] * along
            at_y += (p * a[lane] + q * b[lane]) + (r * c[lane] + s * d[lane])
            at_x += (p * e[lane] + q * f[lane]) + (r * g[lane] + s * h[lane])
            at_y = min(max(at_y, zero), bottom)
            at_x = min(max(at_x, zero), right)
            above, left = min(np.int32(at_y), last_y), min(np.int32(at_x), last_x)
            at[lane] = above * wide + left * deep
            under[lane], besides[lane] = at_y - number(above), at_x - number(left)


@kernel
def _read(framed, line, channels, lane, places, lower, beside, target):
    # Each pixel from four neighbours; one channel by itself, whose loop is simpler.
    if channels == 1:
        for x in range(target.size):
            at, part = np.uint64(places[x, lane]), beside[x, lane]
            under = at + np.uint64(line)
            over = framed[at] + part * (framed[at + np.uint64(1)] - framed[at])
            below = framed[under] + part * (framed[under + np.uint64(1)] - framed[under])
            target[x] = over + lower[x, lane] * (below - over)
        return
    for x in range(places.shape[0]):
        for c in range(channels):
            at, part = places[x, lane] + c, beside[x, lane]
            over = framed[at] + part * (framed[at + channels] - framed[at])
            below = framed[at + line] + part * (framed[at + line + channels] - framed[at + line])
            target[x * channels + c] = over + lower[x, lane] * (below - over)
