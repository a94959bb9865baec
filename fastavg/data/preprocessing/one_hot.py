"""A category as one input for each of its levels."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Levels
from fastavg.data.level_counts import LevelCounts, counts_of
from fastavg.data.preprocessing.contract import Graph
from fastavg.kernels.tabular.compact_rows import LEVEL, PLAIN

# A level with fewer training rows is rare.
LEAST_ROWS = 10
# With more frequent levels than this, the rest share so many inputs by their hash.
MOST_LEVELS, BUCKETS = 256, 64
# Of two levels, an unknown one and a missing value.
SIGNS = np.array([-1.0, 1.0, 0.0, 0.0])


@dataclass(frozen=True, eq=False)
class OneHot:
    """A category's level as a 1 among zeros.

    Its codes are places in ``levels``; one after the last is a level that training never
    saw, and -1 a missing value.

    Parameters
    ----------
    levels : tuple of str
        Every level of the training rows.
    places : array (n_levels + 2,) of int64
        The input of each level, of a level that training never saw, and of a missing value;
        -1 for none.
    width : int
        Inputs.

    Examples
    --------
    >>> made = OneHot(("a", "b"), np.array([0, 1, -1, 2]), 3)
    >>> made.apply(np.array([1, -1]))
    array([[0., 1., 0.],
           [0., 0., 1.]])
    """

    kind: ClassVar[int] = LEVEL

    levels: tuple[str, ...]
    places: NDArray[np.int64]
    width: int

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The ones and zeros; see :meth:`Transform.apply`."""
        out = np.zeros((len(values), self.width))
        place = self.places[values]
        known = np.flatnonzero(place >= 0)
        out[known, place[known]] = 1
        return out

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """Compact, compiled; see :meth:`Transform.write`."""
        from fastavg.kernels.tabular.encode import encode_level

        encode_level(values, self.places, out, at)

    def onnx(self, to: Graph, column: str) -> str:
        """Gather of the places' rows; see :meth:`Transform.onnx`."""
        return _gathered(to, column, self.apply(np.arange(len(self.places))))


@dataclass(frozen=True, eq=False)
class Sign:
    """A category with two levels as -1 and 1; 0 for a missing or unknown one.

    Parameters
    ----------
    levels : tuple of str
        The two.

    Examples
    --------
    >>> Sign(("no", "yes")).apply(np.array([0, 1, -1])).ravel()
    array([-1.,  1.,  0.])
    """

    kind: ClassVar[int] = PLAIN

    levels: tuple[str, ...]

    @property
    def width(self) -> int:
        """One input."""
        return 1

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The signs; see :meth:`Transform.apply`."""
        return np.asarray(SIGNS[values][:, None])

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """Compact, compiled; see :meth:`Transform.write`."""
        from fastavg.kernels.tabular.encode import encode_looked_up

        encode_looked_up(values, SIGNS, out, at)

    def onnx(self, to: Graph, column: str) -> str:
        """Gather of the signs; see :meth:`Transform.onnx`."""
        return _gathered(to, column, SIGNS[:, None])


def _gathered(to: Graph, column: str, rows: NDArray[Any]) -> str:
    flat = to.node("Reshape", column, to.constant(np.array([-1], np.int64)))
    return to.node("Gather", to.constant(rows), flat)


def fit_one_hot(
    codes: NDArray[np.integer], levels: list[str], least_rows: int = LEAST_ROWS
) -> OneHot | Sign | None:
    """The inputs of a category; None if there is nothing to tell apart.

    A level with fewer than ``least_rows`` rows is put together with the other rare ones; of
    more than 256 frequent levels the least frequent share 64 inputs by their hash.  Missing
    values have an input of their own.

    Parameters
    ----------
    codes : array (n_rows,) of int
        Levels of the training rows, -1 for missing.
    levels : list of str
        What the codes 0, 1, ... stand for.
    least_rows : int, default 10
        A level with fewer training rows is rare.

    Returns
    -------
    OneHot, Sign or None
        Sign for two frequent levels without missing values, else OneHot.

    Examples
    --------
    >>> fit_one_hot(np.array([0] * 20 + [1] * 20), ["no", "yes"])
    Sign(levels=('no', 'yes'))
    >>> fit_one_hot(np.array([0] * 20 + [1] * 20 + [-1]), ["no", "yes"]).places
    array([ 0,  1, -1,  2])
    """
    return fit_counted(counts_of(Levels(codes.astype(np.int32, copy=False), levels)), least_rows)


def fit_counted(counted: LevelCounts, least_rows: int = LEAST_ROWS) -> OneHot | Sign | None:
    """The same for levels whose rows were counted; those that are not listed are unknown.

    Parameters
    ----------
    counted : LevelCounts
        Levels of the training rows.
    least_rows : int, default 10
        A level with fewer training rows is rare.

    Returns
    -------
    OneHot, Sign or None
        As for :func:`fit_one_hot`.
    """
    levels, counts, missing = counted.levels, counted.counts, counted.missing > 0
    kept = np.flatnonzero(counts)
    # In alphabetical order, so that the order of the rows changes nothing.
    kept = np.array(sorted(kept, key=lambda at: levels[at]), np.int64)
    names = tuple(levels[at] for at in kept)
    counts = counts[kept]
    if len(kept) + missing < 2:
        return None
    if len(kept) == 2 and not missing and counts.min() >= min(least_rows, counted.rows // 4):
        return Sign(names)
    places = np.full(len(kept) + 2, -1, np.int64)
    often = np.flatnonzero(counts >= least_rows)
    if not len(often) and not missing:
        return None
    if len(often) > MOST_LEVELS:
        often = np.sort(often[np.argsort(-counts[often], kind="stable")[:MOST_LEVELS]])
    places[often] = np.arange(len(often))
    width = len(often)
    rare = np.setdiff1d(np.arange(len(kept)), often)
    if len(rare) and width == MOST_LEVELS:
        places[rare] = [width + zlib.crc32(names[at].encode()) % BUCKETS for at in rare]
        width += BUCKETS
    elif len(rare):
        places[rare] = width
        width += 1
    if missing:
        places[-1] = width
        width += 1
    return OneHot(names, places, width)
