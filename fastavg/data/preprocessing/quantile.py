"""A number as its place among the training rows' numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.contract import Graph
from fastavg.kernels.tabular.compact_rows import PLAIN

MOST = 256
# A uniform distribution from -sqrt(3) to sqrt(3) has variance 1.
REACH = 3**0.5


@dataclass(frozen=True, eq=False)
class Quantile:
    """The part of the training rows below a number, from -sqrt(3) to sqrt(3).

    Parameters
    ----------
    edges : array (n_edges,) of float64
        Quantiles of the training rows, strictly ascending.
    places : array (n_edges,) of float64
        The part of the rows below each.

    Examples
    --------
    >>> made = Quantile(np.array([0.0, 10.0]), np.array([0.0, 1.0]))
    >>> made.apply(np.array([5.0, 99.0])).round(3).ravel()
    array([0.   , 1.732])
    """

    kind: ClassVar[int] = PLAIN

    edges: NDArray[np.float64]
    places: NDArray[np.float64]

    @property
    def width(self) -> int:
        """One input."""
        return 1

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The place; 0, the middle, where the number is missing; see :meth:`Transform.apply`."""
        place = np.interp(values, self.edges, self.places)
        return np.where(np.isnan(values), 0.0, (2 * place - 1) * REACH)[:, None]

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """The same; see :meth:`Transform.write`."""
        out[:, at] = self.apply(values)[:, 0]

    def onnx(self, to: Graph, column: str) -> str:
        """A sum of clipped lines, one for each bin; see :meth:`Transform.onnx`."""
        moved = to.node("Sub", column, to.constant(self.edges[None, :-1]))
        part = to.node("Mul", moved, to.constant(1 / np.diff(self.edges)[None, :]))
        part = to.node("Min", to.node("Max", part, to.constant(np.array(0.0))),
                       to.constant(np.array(1.0)))
        heights = to.constant(2 * REACH * np.diff(self.places)[:, None])
        place = to.node("MatMul", part, heights)
        place = to.node("Add", place, to.constant(np.array((2 * self.places[0] - 1) * REACH)))
        return to.node("Where", to.node("IsNaN", column), to.constant(np.array(0.0)), place)


def fit_quantile(values: NDArray[np.float64]) -> Quantile:
    """The quantiles of a column of the training rows.

    Parameters
    ----------
    values : array (n_rows,) of float64
        NaN for missing; at least two different numbers.

    Returns
    -------
    Quantile
        With at most 256 edges.
    """
    seen = values[~np.isnan(values)]
    at = parts_of(len(seen))
    return quantile_of(np.quantile(seen, at), at)


def parts_of(count: int) -> NDArray[np.float64]:
    """Which quantiles a column of so many numbers has as its edges, from 0 to 1.

    Parameters
    ----------
    count : int
        Numbers that are not missing.
    """
    return np.linspace(0, 1, min(MOST, max(2, count)))


def quantile_of(quantiles: NDArray[np.float64], at: NDArray[np.float64]) -> Quantile:
    """The transform of a column whose quantiles are known.

    Parameters
    ----------
    quantiles : array (n_quantiles,) of float64
        Of the training rows that have a number.
    at : array (n_quantiles,) of float64
        Which ones: see :func:`parts_of`.

    Examples
    --------
    >>> quantile_of(np.array([0.0, 0.0, 4.0]), parts_of(3)).places
    array([0.25, 1.  ])
    """
    edges, first = np.unique(quantiles, return_index=True)
    last = np.append(first[1:], len(at)) - 1
    # A number that many rows share stands in the middle of them.
    return Quantile(edges, (at[first] + at[last]) / 2)
