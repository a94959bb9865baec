"""The bilinear reading of images: each pixel from the four that surround its place.

An image has a frame of one pixel around it, so that no place lies outside.  Images of one channel
in float32 are held as pairs of neighbours, which are read by
:mod:`fastavg.kernels.images.pair_reading`.
"""

from __future__ import annotations

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.numerics.transpose import transpose
from fastavg.kernels.vectorized.emitter import LANES


@kernel
def frame(row, line, channels, image):
    """The inner lines and columns of ``image`` <- ``row``; its frame keeps its value.

    Parameters
    ----------
    row : array (height * width * channels,) of float32 or float64
        Line by line, the channels of a pixel side by side.
    line : int
        Numbers of a framed line.
    channels : int
        Numbers of a pixel.
    image : array ((height + 2) * line,) like row
        Overwritten but for the frame.
    """
    inner = line - 2 * channels
    for y in range(row.size // inner):
        at = (y + 1) * line + channels
        source, target = row[y * inner : (y + 1) * inner], image[at : at + inner]
        for x in range(inner):
            target[x] = source[x]


@kernel
def frame_pairs(row, width, pairs):
    """Numbers ``2 p`` and ``2 p + 1`` of ``pairs`` <- the framed image's pixels p and p + 1.

    Parameters
    ----------
    row : array (height * width,) of float32 or float64
        Line by line.
    width : int
        Pixels of a line without its frame.
    pairs : array (2 * (height + 2) * (width + 2),) like row
        Overwritten but for the frame.
    """
    for y in range(row.size // width):
        at = (y + 1) * (2 * width + 4) + 1
        source, target = row[y * width : (y + 1) * width], pairs[at : at + 2 * width]
        for x in range(width):
            target[2 * x], target[2 * x + 1] = source[x], source[x]


@kernel
def put_lines(shown, width, out, first, count, begin):
    """out[first + l, begin + x] <- shown[x, l] for ``count`` images.

    Parameters
    ----------
    shown : array (width * LANES,) of float32 or float64
        A line of ``LANES`` images, one image beside the other.
    width : int
        Pixels of a line.
    out : array (n, height * width) like shown
        Images.
    first, count : int
        The first of the images that are written, and how many they are.
    begin : int
        Where the line begins in each.
    """
    if count < LANES or width < LANES:
        for lane in range(count):
            target = out[first + lane, begin : begin + width]
            for x in range(width):
                target[x] = shown[x * LANES + lane]
        return
    flat, row = out.reshape(-1), out.shape[1]
    for x in range(0, width, LANES):
        # The last square ends with the line: some pixels are written twice.
        at = min(x, width - LANES)
        transpose(shown, at * LANES, LANES, LANES, LANES, flat, first * row + begin + at, row)


@kernel
def read(images, line, places, parts, out, first, count, begin):
    """The images' pixels at their places, of any number of channels.

    Parameters
    ----------
    images : array of float32 or float64
        Of :func:`frame`, one image behind the other.
    line : int
        Numbers of a framed line.
    places : array (width * LANES,) of int32
        Where the framed pixel above and to the left of each place begins.
    parts : array (2, width * LANES) like images
        How far the place is below that pixel, and beyond it to the right, from 0 to 1.
    out : array (n, height * width * channels) like images
        Images.
    first, count : int
        The first of the images that are written, and how many they are.
    begin : int
        Where the line begins in each.
    """
    width = places.size // LANES
    channels = line // (width + 2)
    for lane in range(count):
        target = out[first + lane]
        for x in range(width):
            i = x * LANES + lane
            for c in range(channels):
                corner, part = places[i] + c, parts[1, i]
                right, low = corner + channels, corner + line
                over = images[corner] + part * (images[right] - images[corner])
                under = images[low] + part * (images[low + channels] - images[low])
                target[begin + x * channels + c] = over + parts[0, i] * (under - over)
