"""Smooth random fields: by how much each pixel of an image is moved."""

from __future__ import annotations

import numpy as np

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.mixing import mixed, stirred


@kernel
def displace(key, taps, alpha, noise, halves, fields):
    """fields <- uniform noise in [-1, 1), smoothed by a filter along both axes, times alpha.

    The noise reaches beyond the image by the filter's half width, so that a pixel at the border
    moves as far as one in the middle (Simard, Steinkraus and Platt 2003).

    Parameters
    ----------
    key : uint64
        Decides the noise, with the place in it.
    taps : array (2 r + 1,) of float32 or float64
        The filter, whose numbers sum to 1.
    alpha : float
        Factor on the smoothed noise, in pixels.
    noise : array (width + 2 r,) like taps
        Working memory: a line of noise.
    halves : array (height + 2 r, width) like taps
        Working memory: noise that is smoothed along lines.
    fields : array (2, height, width) like taps
        Displacements down and to the right, overwritten.
    """
    number = fields.dtype.type
    n_taps, height, width = taps.size, fields.shape[1], fields.shape[2]
    zero, step, one = number(0), number(2.0 / 4294967296.0), number(1)
    for axis in range(2):
        place = mixed(np.uint64(key) + np.uint64(axis + 1))
        low, high = np.uint32(place & np.uint64(0xFFFFFFFF)), np.uint32(place >> np.uint64(32))
        for line in range(halves.shape[0]):
            first = np.uint32(line * noise.size)
            for c in range(noise.size):
                drawn = np.uint32(np.uint32(first + np.uint32(c)) * np.uint32(0x9E3779B9) + low)
                drawn = stirred(np.uint32(stirred(drawn) ^ high))
                noise[c] = number(drawn) * step - one
            half = halves[line]
            for c in range(width):
                half[c] = zero
            for k in range(n_taps):
                tap = taps[k]
                for c in range(width):
                    half[c] += tap * noise[c + k]
        for y in range(height):
            line = fields[axis, y]
            for c in range(width):
                line[c] = zero
            for k in range(n_taps):
                tap, half = taps[k] * number(alpha), halves[y + k]
                for c in range(width):
                    line[c] += tap * half[c]
