"""Images rotated, scaled, sheared, shifted and bent, with one bilinear reading of a pixel."""

from __future__ import annotations

import math

import numpy as np

from fastavg.kernels.images.displacement import displace
from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.row_keys import uniform

# Where the largest rotation (radians), change of size (fraction), shear (fraction) and shift
# (pixels) stand among the settings, the factor on the displacement field, and the value beyond
# the border.
ROTATION, SCALING, SHEAR, TRANSLATION, ALPHA, FILL = range(6)
SETTINGS = 6


@kernel
def _between(key, number, most):
    return (2.0 * uniform(key, number) - 1.0) * most


@kernel
def warp(rows, keys, height, width, settings, taps, out):
    """out[i] <- image ``rows[i]``, deformed as its key says.

    An output pixel at (y, x) from the middle shows the input at ``A (y, x) + t + d(y, x)``: A
    is a rotation, times a change of size along each axis, times a shear; t a shift; d a smooth
    random field (:func:`~fastavg.kernels.images.displacement.displace`).  All are drawn
    uniformly up to their largest values.  Beyond its border an image has one value.

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
    taps : array (2 r + 1,) like rows, or empty
        The filter of the displacement field; empty for none.
    out : array like rows
        Overwritten; other memory than ``rows``.
    """
    number = out.dtype.type
    channels, reach = rows.shape[1] // (height * width), max(taps.size - 1, 0)
    noise = np.empty((width + reach) * (height + reach), out.dtype)
    halves = np.empty(width * (height + reach), out.dtype)
    turned = np.empty((height + reach) * width, out.dtype)
    fields = np.zeros((2, height * width), out.dtype)
    # The image with a border of one pixel, and so the places of pixels are one more.
    framed = np.full((height + 2, (width + 2) * channels), number(settings[FILL]))
    # Where a pixel is read: its upper left neighbour, and how far below and beside it.
    places, parts = np.empty(height * width, np.int32), np.empty((2, height * width), out.dtype)
    last_y, last_x = np.int32(height), np.int32(width)
    middle_y, middle_x = 0.5 * (height - 1), 0.5 * (width - 1)
    bottom, right, zero = number(height + 1), number(width + 1), number(0)
    for i in range(out.shape[0]):
        key, image, target = keys[i], rows[i], out[i]
        for y in range(height):
            inner = image[y * width * channels : (y + 1) * width * channels]
            framed[y + 1, channels : (width + 1) * channels] = inner
        angle = _between(key, 0, settings[ROTATION])
        tall = 1.0 + _between(key, 1, settings[SCALING])
        wide = 1.0 + _between(key, 2, settings[SCALING])
        shear = _between(key, 3, settings[SHEAR])
        down = middle_y + 1.0 + _between(key, 4, settings[TRANSLATION])
        across = middle_x + 1.0 + _between(key, 5, settings[TRANSLATION])
        sine, cosine = math.sin(angle), math.cos(angle)
        # The rows of A: by how much a step down and a step to the right move the place.
        yy, yx = cosine * tall, -sine * wide + cosine * tall * shear
        xy, xx = sine * tall, cosine * wide + sine * tall * shear
        if taps.size:
            displace(key, taps, settings[ALPHA], noise, halves, turned, fields)
        step_y, step_x = number(yx), number(xx)
        for y in range(height):
            from_y = number(down + yy * (y - middle_y) - yx * middle_x)
            from_x = number(across + xy * (y - middle_y) - xx * middle_x)
            first = y * width
            line_y, line_x = fields[0, first : first + width], fields[1, first : first + width]
            place, lower, beside = (
                places[first : first + width], parts[0, first : first + width],
                parts[1, first : first + width],
            )
            for x in range(width):
                at_y = from_y + step_y * number(x) + line_y[x]
                at_x = from_x + step_x * number(x) + line_x[x]
                at_y = min(max(at_y, zero), bottom)
                at_x = min(max(at_x, zero), right)
                above, left = min(np.int32(at_y), last_y), min(np.int32(at_x), last_x)
                place[x] = (above * np.int32(width + 2) + left) * np.int32(channels)
                lower[x], beside[x] = at_y - number(above), at_x - number(left)
        _read(framed.reshape(-1), (width + 2) * channels, channels, places, parts, target)


@kernel
def _read(framed, line, channels, places, parts, target):
    # Each pixel from four neighbours; one channel by itself, whose loop is simpler.
    lower, beside = parts[0], parts[1]
    if channels == 1:
        for i in range(places.size):
            at = np.uint64(places[i])
            under = at + np.uint64(line)
            over = framed[at] + beside[i] * (framed[at + np.uint64(1)] - framed[at])
            below = framed[under] + beside[i] * (framed[under + np.uint64(1)] - framed[under])
            target[i] = over + lower[i] * (below - over)
        return
    for i in range(places.size):
        for c in range(channels):
            at = places[i] + c
            over = framed[at] + beside[i] * (framed[at + channels] - framed[at])
            below = framed[at + line] + beside[i] * (
                framed[at + line + channels] - framed[at + line]
            )
            target[i * channels + c] = over + lower[i] * (below - over)
