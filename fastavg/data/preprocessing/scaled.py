"""Numbers moved and stretched: robust with a smooth clip, standard, to a range."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastavg.data.preprocessing.contract import Graph
from fastavg.errors import ConfigError
from fastavg.kernels.tabular.compact_rows import PLAIN

SCALINGS = ("robust", "standard", "minmax")
QUARTILES = (0.25, 0.5, 0.75)
# Beyond three times the distance between the quartiles a number hardly grows.
LIMIT = 3.0


@dataclass(frozen=True)
class Scaled:
    """A number as ``z / sqrt(1 + (z / limit)^2)`` with ``z = (x - center) factor``.

    Parameters
    ----------
    center, factor : float
    center : float
        The number that becomes 0.
    factor : float
        What the distance from the center is multiplied by.
    limit : float, default 3.0
        Where z is clipped smoothly; 0 for nowhere.

    Examples
    --------
    >>> Scaled(1.0, 2.0, 0.0).apply(np.array([1.0, 2.0, np.nan])).ravel()
    array([0., 2., 0.])
    """

    kind: ClassVar[int] = PLAIN

    center: float
    factor: float
    limit: float = LIMIT

    @property
    def width(self) -> int:
        """One input."""
        return 1

    def apply(self, values: NDArray[Any]) -> NDArray[Any]:
        """The scaled number; 0, the center, where it is missing; see :meth:`Transform.apply`."""
        z = np.where(np.isnan(values), 0.0, (values - self.center) * self.factor)[:, None]
        return z / np.sqrt(1 + (z / self.limit) ** 2) if self.limit else z

    def write(self, values: NDArray[Any], out: NDArray[Any], at: int) -> None:
        """Compact, compiled; see :meth:`Transform.write`."""
        from fastavg.kernels.tabular.encode import encode_smooth

        encode_smooth(values, self.center, self.factor, self.limit, out, at)

    def onnx(self, to: Graph, column: str) -> str:
        """Sub, Mul, and what the limit needs; see :meth:`Transform.onnx`."""
        moved = to.node("Sub", column, to.constant(np.array(self.center)))
        z = to.node("Mul", moved, to.constant(np.array(self.factor)))
        if self.limit:
            part = to.node("Mul", z, to.constant(np.array(1 / self.limit)))
            square = to.node("Mul", part, part)
            below = to.node("Sqrt", to.node("Add", square, to.constant(np.array(1.0))))
            z = to.node("Div", z, below)
        zero = to.constant(np.array(0.0))
        return to.node("Where", to.node("IsNaN", column), zero, z)


def fit_scaled(kind: str, values: NDArray[np.float64]) -> Scaled:
    """The scaling of a kind for a column of the training rows.

    Parameters
    ----------
    kind : str
        ``robust``: the median becomes 0 and the distance between the quartiles 1 (half the
        range, where the quartiles are equal), clipped smoothly at 3; ``standard``: mean 0 and
        variance 1; ``minmax``: from 0 to 1.
    values : array (n_rows,)
        NaN for missing; at least one is not.

    Returns
    -------
    Scaled
        Center, factor and limit; the factor is 0 where all numbers are equal.

    Raises
    ------
    ConfigError
        If the kind is unknown.

    Examples
    --------
    >>> fit_scaled("robust", np.array([0.0, 1.0, 2.0, 3.0, 100.0]))
    Scaled(center=2.0, factor=0.5, limit=3.0)
    """
    seen = values[~np.isnan(values)]
    low, high = float(seen.min()), float(seen.max())
    if kind == "standard":
        moments = float(seen.mean()), float(seen.std())
        return scaled_by(kind, Spread(low, high, mean=moments[0], deviation=moments[1]))
    if kind != "robust":
        return scaled_by(kind, Spread(low, high))
    first, middle, third = np.quantile(seen, QUARTILES).tolist()
    return scaled_by(kind, Spread(low, high, (first, middle, third)))


class Spread(NamedTuple):
    """What is known of the numbers of a column.

    Parameters
    ----------
    low, high : float
        The least and the greatest.
    quartiles : tuple of float, default (0.0, 0.0, 0.0)
        First quartile, median and third quartile; of ``robust`` alone.
    mean, deviation : float, default 0.0
        Of ``standard`` alone.
    """

    low: float
    high: float
    quartiles: tuple[float, float, float] = (0.0, 0.0, 0.0)
    mean: float = 0.0
    deviation: float = 0.0


def scaled_by(kind: str, spread: Spread) -> Scaled:
    """The scaling of a kind for a column of which this is known.

    Parameters
    ----------
    kind : str
        As for :func:`fit_scaled`.
    spread : Spread
        Of the training rows that have a number.

    Raises
    ------
    ConfigError
        If the kind is unknown.

    Examples
    --------
    >>> scaled_by("minmax", Spread(2.0, 4.0))
    Scaled(center=2.0, factor=0.5, limit=0.0)
    """
    if kind not in SCALINGS:
        raise ConfigError(f"scale {kind!r} is unknown; choose {', '.join(SCALINGS)}")
    low, high, (first, middle, third), mean, deviation = spread
    if kind == "minmax":
        return Scaled(low, _inverse(high - low), 0.0)
    if kind == "standard":
        return Scaled(mean, _inverse(deviation), 0.0)
    return Scaled(middle, _inverse(third - first or (high - low) / 2))


def _inverse(spread: float) -> float:
    with np.errstate(divide="ignore", over="ignore"):
        factor = float(1 / np.float64(spread))
    return factor if np.isfinite(factor) else 0.0
