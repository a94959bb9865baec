"""Images with noise on every pixel, or with a square cut out."""

from __future__ import annotations

import math

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.keyed.row_keys import uniform


@kernel
def add_noise(rows, keys, deviation, out):
    """out <- rows plus normal noise, drawn by the method of Box and Muller (1958).

    Parameters
    ----------
    rows : array (n, m) of float32 or float64
        Numbers of any meaning.
    keys : array (n,) of uint64
        Of :func:`~fastavg.kernels.keyed.row_keys.row_keys`.
    deviation : float
        Standard deviation.
    out : array like rows
        Overwritten.
    """
    number = out.dtype.type
    for i in range(out.shape[0]):
        for j in range(0, out.shape[1], 2):
            # From above 0 to 1: the logarithm of 0 is none.
            radius = deviation * math.sqrt(-2.0 * math.log(1.0 - uniform(keys[i], j)))
            angle = 2.0 * math.pi * uniform(keys[i], j + 1)
            out[i, j] = rows[i, j] + number(radius * math.cos(angle))
            if j + 1 < out.shape[1]:
                out[i, j + 1] = rows[i, j + 1] + number(radius * math.sin(angle))


@kernel
def cut_out(rows, keys, height, width, size, fill, out):
    """out <- rows with a square of each image filled, which may reach over the border.

    Its middle is drawn among all pixels (DeVries and Taylor 2017).

    Parameters
    ----------
    rows : array (n, height * width * channels) of float32 or float64
        Images: line by line, the channels of a pixel side by side.
    keys : array (n,) of uint64
        Of :func:`~fastavg.kernels.keyed.row_keys.row_keys`.
    height, width : int
        Pixels.
    size : int
        Pixels of the square's side.
    fill : float
        What it is filled with.
    out : array like rows
        Overwritten.
    """
    number = out.dtype.type
    channels = rows.shape[1] // (height * width)
    for i in range(out.shape[0]):
        top = int(uniform(keys[i], 0) * height) - size // 2
        left = int(uniform(keys[i], 1) * width) - size // 2
        for c in range(rows.shape[1]):
            out[i, c] = rows[i, c]
        for y in range(max(top, 0), min(top + size, height)):
            begin = (y * width + max(left, 0)) * channels
            end = (y * width + min(left + size, width)) * channels
            for place in range(begin, end):
                out[i, place] = number(fill)
