"""Charts as SVG text: no file, no script, colours by the page's style in light and dark.

Every chart is at most a few hundred marks, whatever the number of rows behind it.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT = 420, 270
LEFT, RIGHT, TOP, BOTTOM = 62, 14, 14, 44
MOST_POINTS, COLOURS = 240, 6
BAR, GAP, BAR_LEFT = 16, 8, 150
LONGEST_NAME = 22


class Series(NamedTuple):
    """A line of a chart.

    Attributes
    ----------
    name : str
        For the legend; empty for none.
    x, y : array (n_points,)
        The points, from left to right; those that are not finite are left out.
    """

    name: str
    x: NDArray[np.floating]
    y: NDArray[np.floating]


class Axes(NamedTuple):
    """What the axes mean, and what is drawn besides the lines.

    Attributes
    ----------
    x, y : str
        Labels.
    diagonal : bool
        A dashed line from corner to corner of equal values.
    mark : float or None
        A dashed vertical line.
    mark_name : str
        What stands beside it.
    """

    x: str
    y: str
    diagonal: bool = False
    mark: float | None = None
    mark_name: str = ""


class _Scale:
    """From values to pixels."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        if not low < high:
            low, high = low - 0.5, high + 0.5
        self.low, self.high = low, high
        self._start, self._factor = start, (stop - start) / (high - low)

    def __call__(self, value: float) -> str:
        return f"{self._start + (value - self.low) * self._factor:.1f}"

    @property
    def ticks(self) -> list[float]:
        return ticks(self.low, self.high)


def ticks(low: float, high: float) -> list[float]:
    """Round numbers between two values, four to nine of them.

    Parameters
    ----------
    low, high : float
        The ends; ``low`` is below ``high``.

    Returns
    -------
    list of float
        From left to right.

    Examples
    --------
    >>> ticks(0, 1)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    raw = (high - low) / 5
    size = 10 ** math.floor(math.log10(raw))
    step = next(size * each for each in (1, 2, 5, 10) if size * each >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


def line_chart(series: Sequence[Series], axes: Axes) -> str:
    """Lines over a common axis.

    Parameters
    ----------
    series : sequence of Series
        Any number of lines; colours repeat after six.
    axes : Axes
        Labels and marks.

    Returns
    -------
    str
        An ``svg`` element.
    """
    kept = [_thinned(each) for each in series]
    x, y = (np.concatenate([[], *(getattr(each, name) for each in kept)]) for name in "xy")
    if not x.size:
        x, y = np.array([0.0, 1.0]), np.array([0.0, 1.0])
    if axes.diagonal:
        x = y = np.concatenate([x, y])
    across = _Scale(x.min(), x.max(), LEFT, WIDTH - RIGHT)
    up = _Scale(y.min(), y.max(), HEIGHT - BOTTOM, TOP)
    parts = _frame(across, up, axes)
    if axes.diagonal:
        low, high = max(across.low, up.low), min(across.high, up.high)
        parts.append(_line(across(low), up(low), across(high), up(high), "dashed"))
    for number, each in enumerate(kept):
        points = " ".join(f"{across(a)},{up(b)}" for a, b in zip(each.x, each.y))
        colour = f"c{number % COLOURS + 1}"
        if len(each.x) == 1:
            a, b = points.split(",")
            parts.append(f'<circle cx="{a}" cy="{b}" r="3" class="dot {colour}"/>')
        parts.append(f'<polyline points="{points}" class="line {colour}"/>')
    if axes.mark is not None and across.low <= axes.mark <= across.high:
        at = across(axes.mark)
        parts.append(_line(at, str(TOP), at, str(HEIGHT - BOTTOM), "dashed"))
        end = float(at) > (LEFT + WIDTH) / 2
        parts.append(_text(
            float(at) + (-4 if end else 4), TOP + 10, axes.mark_name, "end" if end else "start"
        ))
    names = [each.name for each in kept]
    return _svg("".join(parts), HEIGHT, f"{axes.y} by {axes.x}") + _legend(names)


def bar_chart(
    names: Sequence[str], values: Sequence[float], spreads: Sequence[float], label: str
) -> str:
    """Horizontal bars with a whisker of one standard deviation either way.

    Parameters
    ----------
    names : sequence of str
        One for each bar, from top to bottom.
    values, spreads : sequence of float
        Lengths of the bars and of the whiskers.
    label : str
        What the lengths are.

    Returns
    -------
    str
        An ``svg`` element.
    """
    height = TOP + len(names) * (BAR + GAP) + BOTTOM
    ends = [value + spread for value, spread in zip(values, spreads, strict=True)]
    starts = [value - spread for value, spread in zip(values, spreads, strict=True)]
    across = _Scale(min(0.0, *starts), max(0.0, *ends, 1e-12), BAR_LEFT, WIDTH - RIGHT)
    parts = []
    for tick in across.ticks:
        at = across(tick)
        parts.append(_line(at, str(TOP), at, str(height - BOTTOM), "grid"))
        parts.append(_text(float(at), height - BOTTOM + 16, _short(tick), "middle"))
    for row, (name, value, spread) in enumerate(zip(names, values, spreads, strict=True)):
        top = TOP + row * (BAR + GAP) + GAP / 2
        zero, end = sorted((float(across(0.0)), float(across(value))))
        parts.append(
            f'<rect x="{zero:.1f}" y="{top:.1f}" width="{max(end - zero, 0.5):.1f}" '
            f'height="{BAR}" class="bar c1"/>'
        )
        middle = f"{top + BAR / 2:.1f}"
        parts.append(_line(across(value - spread), middle, across(value + spread), middle, "axis"))
        parts.append(_text(BAR_LEFT - 6, top + BAR - 4, shortened(name), "end"))
    parts.append(_text((BAR_LEFT + WIDTH) / 2, height - 8, label, "middle"))
    return _svg("".join(parts), height, label)


def histogram(values: NDArray[np.floating], label: str) -> str:
    """How often values occur, in 30 equal steps between the 0.5 and the 99.5 percentile.

    Parameters
    ----------
    values : array (n_values,)
        Finite numbers.
    label : str
        What they are.

    Returns
    -------
    str
        An ``svg`` element.
    """
    low, high = np.quantile(values, [0.005, 0.995])
    counts, edges = np.histogram(values, 30, (low, high) if low < high else None)
    across = _Scale(edges[0], edges[-1], LEFT, WIDTH - RIGHT)
    up = _Scale(0.0, float(max(counts.max(), 1)), HEIGHT - BOTTOM, TOP)
    parts = _frame(across, up, Axes(label, "rows"))
    for count, start, stop in zip(counts, edges[:-1], edges[1:], strict=True):
        left, right, top = float(across(start)), float(across(stop)), float(up(count))
        parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{max(right - left - 1, 0.5):.1f}" '
            f'height="{HEIGHT - BOTTOM - top:.1f}" class="bar c1"/>'
        )
    return _svg("".join(parts), HEIGHT, label)


def density(x: NDArray[np.floating], y: NDArray[np.floating], axes: Axes) -> str:
    """How many points lie where, on a grid of 32 by 32 squares.

    Parameters
    ----------
    x, y : array (n_points,)
        Finite numbers.
    axes : Axes
        Labels, and a diagonal if wanted.

    Returns
    -------
    str
        An ``svg`` element.
    """
    low, high = float(min(x.min(), y.min())), float(max(x.max(), y.max()))
    if not low < high:
        low, high = low - 0.5, high + 0.5
    counts, _, _ = np.histogram2d(x, y, 32, [[low, high], [low, high]])
    across, up = _Scale(low, high, LEFT, WIDTH - RIGHT), _Scale(low, high, HEIGHT - BOTTOM, TOP)
    parts = _frame(across, up, axes)
    wide, tall = (WIDTH - RIGHT - LEFT) / 32, (HEIGHT - BOTTOM - TOP) / 32
    for column, row in zip(*np.nonzero(counts), strict=True):
        # A single point is seen, and a thousand are not white.
        shade = 0.15 + 0.85 * math.log1p(counts[column, row]) / math.log1p(counts.max())
        parts.append(
            f'<rect x="{LEFT + column * wide:.1f}" y="{HEIGHT - BOTTOM - (row + 1) * tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}" class="bar c1" opacity="{shade:.2f}"/>'
        )
    parts.append(_line(across(low), up(low), across(high), up(high), "dashed"))
    return _svg("".join(parts), HEIGHT, f"{axes.y} by {axes.x}")


def number(value: float | None) -> str:
    """A number for a person: four digits that count.

    Parameters
    ----------
    value : float or None
        Any number.

    Returns
    -------
    str
        A dash for None and for what is not finite.

    Examples
    --------
    >>> number(0.123456), number(1234567.0), number(None)
    ('0.1235', '1.235e+06', '-')
    """
    if value is None or not math.isfinite(value):
        return "-"
    if value and (abs(value) >= 1e6 or abs(value) < 1e-4):
        return f"{value:.4g}"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def shortened(name: Any) -> str:
    """A name that fits beside a bar.

    Parameters
    ----------
    name : object
        Any name.

    Returns
    -------
    str
        At most 22 characters.

    Examples
    --------
    >>> shortened("a_column_with_a_very_long_name")
    'a_column_with_a_very_…'
    """
    text = str(name)
    return text if len(text) <= LONGEST_NAME else f"{text[:LONGEST_NAME - 1]}…"


def _thinned(series: Series) -> Series:
    x, y = np.asarray(series.x, np.float64), np.asarray(series.y, np.float64)
    known = np.isfinite(x) & np.isfinite(y)
    x, y = x[known], y[known]
    if len(x) > MOST_POINTS:
        kept = np.unique(np.linspace(0, len(x) - 1, MOST_POINTS).round().astype(int))
        x, y = x[kept], y[kept]
    return Series(series.name, x, y)


def _frame(across: _Scale, up: _Scale, axes: Axes) -> list[str]:
    parts = []
    for tick in up.ticks:
        at = up(tick)
        parts.append(_line(str(LEFT), at, str(WIDTH - RIGHT), at, "grid"))
        parts.append(_text(LEFT - 6, float(at) + 4, _short(tick), "end"))
    for tick in across.ticks:
        parts.append(_text(float(across(tick)), HEIGHT - BOTTOM + 16, _short(tick), "middle"))
    bottom = str(HEIGHT - BOTTOM)
    parts.append(_line(str(LEFT), bottom, str(WIDTH - RIGHT), bottom, "axis"))
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, axes.x, "middle"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(
        f'<text x="12" y="{middle:.1f}" text-anchor="middle" '
        f'transform="rotate(-90 12 {middle:.1f})">{html.escape(axes.y)}</text>'
    )
    return parts


def _line(x1: str, y1: str, x2: str, y2: str, kind: str) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="{kind}"/>'


def _text(x: float, y: float, text: str, anchor: str) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"{html.escape(text, quote=False)}</text>"
    )


def _svg(inside: str, height: float, title: str) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" '
        f'aria-label="{html.escape(title)}">{inside}</svg>'
    )


def _legend(names: Sequence[str]) -> str:
    shown = [
        f'<span class="key"><i class="c{at % COLOURS + 1}"></i>{html.escape(name)}</span>'
        for at, name in enumerate(names) if name
    ]
    return f'<p class="legend">{"".join(shown)}</p>' if shown else ""


def _short(tick: float) -> str:
    # Without the zeros of exponents there is room for the axis's name.
    return number(tick).replace("e-0", "e-").replace("e+0", "e+")
