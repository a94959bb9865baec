"""Charts as SVG: whole, bounded in size, nothing outside the frame."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest

from fastavg.reports.charts import (
    HEIGHT,
    WIDTH,
    Axes,
    Series,
    bar_chart,
    density,
    histogram,
    line_chart,
    number,
    shortened,
    ticks,
)

RANDOM = np.random.default_rng(0)
AXES = Axes("epochs & more", "loss < 1", mark=3.0, mark_name="restored")


def parsed(svg):
    return ElementTree.fromstring(f"<div>{svg}</div>")


def test_lines_have_a_frame_a_legend_and_a_mark():
    found = parsed(line_chart([
        Series("training", np.arange(5.0), np.arange(5.0) ** 2), Series("held", [0.0, 4.0], [1, 2]),
    ], AXES))
    lines = found.findall(".//polyline")
    assert [len(line.get("points").split()) for line in lines] == [5, 2]
    assert lines[0].get("points").split()[0] == "62.0,226.0"
    assert lines[0].get("points").split()[-1] == "406.0,14.0"
    texts = [each.text for each in found.iter("text")]
    assert {"epochs & more", "loss < 1", "restored"} <= set(texts)
    assert [each.get("class") for each in found.findall(".//i")] == ["c1", "c2"]


def test_a_hundred_thousand_points_are_a_few_hundred():
    svg = line_chart([Series("", np.arange(1e5), RANDOM.normal(size=100_000))], AXES)
    assert len(svg) < 10_000


@pytest.mark.parametrize("series", [
    [], [Series("a", [], [])], [Series("a", [1.0], [2.0])], [Series("a", [1, 2], [5.0, 5.0])],
    [Series("a", [1, 2, 3], [np.nan, 1.0, np.inf])],
])
def test_nothing_to_draw_is_drawn_all_the_same(series):
    svg = line_chart(series, AXES)
    parsed(svg)
    assert not re.search(r"nan|inf[^o]", svg)


def test_bars_lie_inside_the_frame():
    found = parsed(bar_chart(["a<b", "long " * 9], [2.0, -1.0], [0.5, 0.0], "growth"))
    for bar in found.findall(".//rect"):
        assert float(bar.get("x")) >= 150
        assert float(bar.get("x")) + float(bar.get("width")) <= WIDTH
    assert any(text.text.endswith("…") for text in found.iter("text") if text.text)


def test_histogram_and_density_count_all_rows():
    values = RANDOM.normal(size=5000)
    bars = parsed(histogram(values, "residual")).findall(".//rect")
    assert len(bars) == 30
    assert max(float(bar.get("height")) for bar in bars) <= HEIGHT
    svg = density(values, values + 1, Axes("true", "predicted", diagonal=True))
    parsed(svg)
    assert len(svg) < 200_000
    parsed(histogram(np.ones(3), "same"))
    parsed(density(np.ones(3), np.ones(3), Axes("a", "b")))


@pytest.mark.parametrize(("low", "high"), [
    (0, 1), (-3, 0.5), (1e-9, 3e-9), (1234, 98765), (0.9, 1),
])
def test_ticks_are_round_and_inside(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 10
    assert low - 1e-12 <= found[0]
    assert found[-1] <= high + 1e-12
    assert all(len(f"{each:.3g}") <= 8 for each in found)


def test_numbers_and_names_are_short():
    assert [number(each) for each in (0.0, 12345.6, 1e-7, float("nan"), 3)] == [
        "0", "12,346", "1e-07", "-", "3",
    ]
    assert shortened("short") == "short"
    assert len(shortened("x" * 40)) == 22
