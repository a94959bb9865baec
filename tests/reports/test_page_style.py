"""The page's colours: enough contrast in light and in dark."""

from __future__ import annotations

import re

import pytest

from fastavg.reports.page_style import DARK, LIGHT, STYLE


def luminance(colour):
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4
              for each in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", [LIGHT, DARK])
def test_text_and_lines_stand_out(scheme):
    colours = dict(re.findall(r"--(\w+): (#\w{6})", scheme))
    for name in ("text", "soft", "warn"):
        for back in ("back", "panel"):
            assert contrast(colours[name], colours[back]) >= 4.5, (name, back)
    for name in (f"c{at}" for at in range(1, 7)):
        assert contrast(colours[name], colours["panel"]) >= 3, name


def test_both_schemes_and_print_are_there():
    assert "prefers-color-scheme: dark" in STYLE
    assert "@media print" in STYLE
    assert STYLE.count("{") == STYLE.count("}")
