"""Smooth random fields: by how much each pixel of an image is moved.

A field is a sum of cubic B-splines, one for each knot of a coarse grid, times noise that is
uniform in [-1, 1).  Where Simard, Steinkraus and Platt (2003) smooth noise of every pixel by
a Gaussian, a few knots are drawn here; a cubic B-spline is nearly a Gaussian, and with knots
``sqrt(3) sigma`` apart it has the standard deviation ``sigma``.

Images are worked on in groups of ``LANES``, one image beside the other, so that every operation
is one of whole vectors.
"""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed, stirred
from fastavg.kernels.vectorized.emitter import LANES


@kernel
def knots(size, spacing):
    """How many knots reach pixels 0 to ``size - 1``.

    Parameters
    ----------
    size : int
        Pixels along an axis.
    spacing : float
        Pixels between knots.

    Returns
    -------
    int
    """
    return int((size - 1) / spacing) + 4


@kernel
def spline_weights(spacing, firsts, weights):
    """weights[x, j] <- how much knot ``firsts[x] + j`` counts at pixel x.

    Parameters
    ----------
    spacing : float
        Pixels between knots; the second one is at pixel 0.
    firsts : array (size,) of int64
        The first of the four knots that reach a pixel, overwritten.
    weights : array (size, 4) of float32 or float64
        The cubic B-splines at the pixel, which sum to 1; overwritten.
    """
    number = weights.dtype.type
    for x in range(firsts.size):
        place = x / spacing
        firsts[x] = int(place)
        t = place - firsts[x]
        weights[x, 0] = number((1 - t) * (1 - t) * (1 - t) / 6)
        weights[x, 1] = number(((3 * t - 6) * t * t + 4) / 6)
        weights[x, 2] = number((((3 - 3 * t) * t + 3) * t + 1) / 6)
        weights[x, 3] = number(t * t * t / 6)


@kernel(allocates=True)
def draw_knots(keys, axis, alpha, noise):
    """noise[k, l] <- alpha times a number that is uniform in [-1, 1), for knot k of image l.

    Parameters
    ----------
    keys : array (LANES,) of uint64
        Of the images.
    axis : int
        0 for displacements down, 1 to the right.
    alpha : float
        Factor, in pixels.
    noise : array (n_knots, LANES) of float32 or float64
        Line after line of the grid, overwritten.
    """
    number = noise.dtype.type
    low, high = np.empty(LANES, np.uint32), np.empty(LANES, np.uint32)
    for lane in range(LANES):
        place = mixed(np.uint64(keys[lane]) + np.uint64(axis + 1))
        low[lane] = np.uint32(place & np.uint64(0xFFFFFFFF))
        high[lane] = np.uint32(place >> np.uint64(32))
    step = number(alpha * (2.0 / 4294967296.0))
    for at in range(noise.shape[0]):
        counter = np.uint32(np.uint32(at) * np.uint32(0x9E3779B9))
        line = noise[at]
        for lane in range(LANES):
            drawn = stirred(np.uint32(stirred(np.uint32(counter + low[lane])) ^ high[lane]))
            line[lane] = number(np.int32(drawn)) * step


@kernel
def along_lines(noise, firsts, weights, halves):
    """halves[g * width + x] <- the splines along line g of the grid, at pixel x.

    Parameters
    ----------
    noise : array (n_lines * n_columns, LANES) of float32 or float64
        Of :func:`draw_knots`.
    firsts : array (width,) of int64
        Of :func:`spline_weights` along the line.
    weights : array (width, 4) like noise
        Likewise.
    halves : array (n_lines * width, LANES) like noise
        Overwritten.
    """
    width = firsts.size
    lines = halves.shape[0] // width
    step = noise.shape[0] // lines * LANES
    flat, out = noise.reshape(-1), halves.reshape(-1)
    for x in range(width):
        p, q, r, s = weights[x, 0], weights[x, 1], weights[x, 2], weights[x, 3]
        for g in range(lines):
            # Places that cannot be negative need no test whether they count from the end.
            at = np.uint64(g * step + firsts[x] * LANES)
            to = np.uint64((g * width + x) * LANES)
            for lane in range(LANES):
                i = at + np.uint64(lane)
                left = p * flat[i] + q * flat[i + np.uint64(LANES)]
                right = r * flat[i + np.uint64(2 * LANES)] + s * flat[i + np.uint64(3 * LANES)]
                out[to + np.uint64(lane)] = left + right
