"""Where the numbers of the dense public vector lie in a worker's layout with wider rows.

A segment is a run of numbers that are neighbours in both.  The mean of the workers is
made chunk by chunk of the dense vector, so segments end where chunks end, and a process
that owns whole chunks owns whole segments.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.jit.decorator import kernel
from fastavg.kernels.means.exact import CHUNK
from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD

# Columns of a table; the last one of segments and of pieces.
WIDE_AT, LENGTH, DENSE_AT = range(3)
DECAYS = 2
# To average one more segment takes as long as to average so many numbers more.
SEGMENT_COST = 64


class Segments(NamedTuple):
    """Segments in the dense vector's order, and the first one of each chunk.

    Parameters
    ----------
    table : array (segments, 3) of int64
        Where each begins in the wide vector, how long it is, and where it begins in the
        dense vector.
    first : array (chunks + 1,) of int64
        Chunk c has the segments from ``first[c]`` to ``first[c + 1]``.
    """

    table: NDArray[np.int64]
    first: NDArray[np.int64]


def segments_of(dense: NDArray[np.int64], wide: NDArray[np.int64]) -> Segments:
    """The segments of two layer tables of the same network.

    Parameters
    ----------
    dense : array (layers, COLUMNS) of int64
        The layer table of the dense public vector (:mod:`fastavg.kernels.network.layout`).
    wide : array (layers, COLUMNS) of int64
        The layer table of a worker, whose rows may be wider.

    Returns
    -------
    Segments
        Each lies within one chunk of ``CHUNK`` numbers of the dense vector.

    Raises
    ------
    ValueError
        If the tables differ in their number of layers.
    """
    runs: list[tuple[int, int, int]] = []
    for a, b in zip(dense.tolist(), wide.tolist(), strict=True):
        n = a[FAN_OUT]
        if a[W_LD] == b[W_LD]:
            runs.append((a[W_AT], b[W_AT], a[FAN_IN] * n))
        else:
            runs += [
                (a[W_AT] + row * a[W_LD], b[W_AT] + row * b[W_LD], n) for row in range(a[FAN_IN])
            ]
        runs.append((a[B_AT], b[B_AT], n))
    cut = [
        (wide_at + max(at, start) - at, min(at + n, start + CHUNK) - max(at, start), max(at, start))
        for at, wide_at, n in runs
        for start in range(at // CHUNK * CHUNK, at + n, CHUNK)
    ]
    table = np.array(cut, np.int64).reshape(-1, 3)
    chunks = -(-int(table[-1, DENSE_AT] + table[-1, LENGTH]) // CHUNK)
    first = np.searchsorted(table[:, DENSE_AT], np.arange(chunks + 1) * CHUNK)
    return Segments(table, first.astype(np.int64))


def chunks_of(member: int, members: int, segments: Segments) -> tuple[int, int]:
    """The first chunk that a member averages, and the first that the next one does.

    Parameters
    ----------
    member : int
        Which member, counted from 0.
    members : int
        How many share the chunks, at least one.
    segments : Segments
        Of the vector.  Chunks of many short segments take longer than others, so that members
        may have different numbers of chunks.

    Returns
    -------
    first, stop : int
        The member has the chunks from ``first`` to before ``stop``.
    """
    table, first = segments
    ends = np.cumsum(table[:, LENGTH] + SEGMENT_COST)[first[1:] - 1]
    middles = (ends + np.append(0, ends[:-1])) / 2
    begin, stop = np.searchsorted(middles, ends[-1] * np.array([member, member + 1]) / members)
    return int(begin), int(stop)


def pieces_of(wide: NDArray[np.int64], size: int) -> Segments:
    """A wide vector cut where its chunks, and where weights and biases, end.

    The table's columns are where a piece begins, how long it is, and whether it has
    weights, which the penalty pulls to zero, rather than biases.

    Parameters
    ----------
    wide : array (layers, COLUMNS) of int64
        The layer table of a worker (:mod:`fastavg.kernels.network.layout`).
    size : int
        Numbers of the wide vector.

    Returns
    -------
    Segments
        The pieces, and the first one of each chunk of the wide vector.
    """
    runs: list[tuple[int, int, int]] = []
    for layer in wide.tolist():
        w_at, b_at, n = layer[W_AT], layer[B_AT], layer[FAN_OUT]
        runs += [(w_at, b_at - w_at, 1), (b_at, n, 0)]
    cut = [
        (max(at, start), min(at + n, start + CHUNK) - max(at, start), decays)
        for at, n, decays in runs
        for start in range(at // CHUNK * CHUNK, at + n, CHUNK)
    ]
    table = np.array(cut, np.int64).reshape(-1, 3)
    first = np.searchsorted(table[:, WIDE_AT], np.arange(-(-size // CHUNK) + 1) * CHUNK)
    return Segments(table, first.astype(np.int64))


@kernel
def part_of(member: int, members: int, n: int) -> tuple[int, int]:
    """The first of ``n`` things that a member has, and the first that the next one has.

    Parameters
    ----------
    member : int
        Which member, counted from 0.
    members : int
        How many share the things, at least one.
    n : int
        How many things there are.

    Returns
    -------
    first, stop : int
        The member has the things from ``first`` to before ``stop``; members' numbers of things
        differ by one at most.

    Examples
    --------
    >>> [part_of(member, 3, 7) for member in range(3)]
    [(0, 2), (2, 4), (4, 7)]
    """
    return n * member // members, n * (member + 1) // members


# Loops compile in a fraction of the time that numba takes for an assignment to a slice.
@kernel
def copy(source, target):
    """target <- source.

    Parameters
    ----------
    source : array (n,) of any dtype
        What is copied.
    target : array (n,) like source
        Overwritten.
    """
    for i in range(target.size):
        target[i] = source[i]


@kernel
def fill(target, value):
    """Every number of target <- value.

    Parameters
    ----------
    target : array (n,) of any dtype
        Overwritten.
    value : number
        What every element becomes.
    """
    for i in range(target.size):
        target[i] = value
