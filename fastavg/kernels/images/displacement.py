"""Smooth random fields: by how much each pixel of an image is moved."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed, stirred


@kernel
def displace(key, taps, alpha, noise, halves, turned, fields):
    """fields <- uniform noise in [-1, 1), smoothed by a filter along both axes, times alpha.

    The noise reaches beyond the image by the filter's half width, so that a pixel at the border
    moves as far as one in the middle (Simard, Steinkraus and Platt 2003).  Both axes are
    smoothed as whole columns of lines, which are long loops over neighbouring numbers.

    Parameters
    ----------
    key : uint64
        Decides the noise, with the place in it.
    taps : array (2 r + 1,) of float32 or float64
        The filter, whose numbers sum to 1.
    alpha : float
        Factor on the smoothed noise, in pixels.
    noise : array ((width + 2 r) * (height + 2 r),) like taps
        Working memory: noise, column after column of the image.
    halves : array (width * (height + 2 r),) like taps
        Working memory: the same, smoothed along the image's lines.
    turned : array ((height + 2 r) * width,) like taps
        Working memory: the same, line after line.
    fields : array (2, height * width) like taps
        Displacements down and to the right, overwritten.
    """
    number = fields.dtype.type
    reach = taps.size - 1
    size = fields.shape[1]
    # turned holds the image's lines and ``reach`` more.
    width = (turned.size - size) // reach
    long = turned.size // width
    step, one = number(2.0 / 4294967296.0), number(1)
    for axis in range(2):
        place = mixed(np.uint64(key) + np.uint64(axis + 1))
        low, high = np.uint32(place & np.uint64(0xFFFFFFFF)), np.uint32(place >> np.uint64(32))
        for at in range(noise.size):
            drawn = np.uint32(np.uint32(at) * np.uint32(0x9E3779B9) + low)
            drawn = stirred(np.uint32(stirred(drawn) ^ high))
            noise[at] = number(np.int32(drawn)) * step
        _smooth(noise, taps, one, long, halves)
        for x in range(width):
            for y in range(long):
                turned[y * width + x] = halves[x * long + y]
        _smooth(turned, taps, number(alpha), width, fields[axis])


@kernel
def _smooth(values, taps, factor, apart, out):
    # out[i] <- factor times the sum of taps[k] values[i + k apart]; the filter is symmetric.
    half = taps.size // 2
    middle = factor * taps[half]
    inner = values[half * apart : half * apart + out.size]
    for i in range(out.size):
        out[i] = middle * inner[i]
    k = 0
    while k + 1 < half:
        one, two = factor * taps[k], factor * taps[k + 1]
        a, d = values[k * apart :], values[(2 * half - k) * apart :]
        b, c = values[(k + 1) * apart :], values[(2 * half - k - 1) * apart :]
        for i in range(out.size):
            out[i] += one * (a[i] + d[i]) + two * (b[i] + c[i])
        k += 2
    if k < half:
        one, a, d = factor * taps[k], values[k * apart :], values[(2 * half - k) * apart :]
        for i in range(out.size):
            out[i] += one * (a[i] + d[i])
