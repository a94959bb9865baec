"""The page of a run: whole, self-contained, every figure with its rows."""

from __future__ import annotations

import re

import pytest

from fastavg.reports.run_page import run_page
from fastavg.reports.run_report import report_figures
from tests.reports.test_document import Reader


@pytest.fixture(scope="module")
def pages(run_folders):
    return {kind: run_page(report_figures(folder)) for kind, folder in run_folders.items()}


@pytest.mark.parametrize("kind", ["class", "number", "plain"])
def test_it_is_whole_small_and_asks_for_nothing(pages, kind):
    page = pages[kind]
    reader = Reader()
    reader.feed(page)
    assert reader.open == []
    assert len(page) < 300_000
    assert not re.search(r"<script|<link|<img|src=|url\(|https?://", page)
    assert not re.search(r"\bnan\b|\binf\b|None", page)


def test_every_chart_and_table_says_its_rows(pages):
    for kind, page in pages.items():
        captions = re.findall(r"<(?:figcaption|caption)>(.*?)</", page, re.S)
        own = [
            each for each in captions
            if not each.startswith(("By the clock", "Of all rounds", "Written down"))
        ]
        assert len(own) > 8, kind
        assert all("rows" in each for each in own), own


def test_charts_of_each_kind(pages):
    assert {"ROC curves", "Reliability", "Precision and recall"} <= {
        name for name in ("ROC curves", "Reliability", "Precision and recall")
        if name in pages["class"]
    }
    assert "Predicted against true" in pages["number"]
    assert "Residuals" in pages["number"]
    assert pages["class"].count("restored") == 2
    assert "td class=\"shaded\"" in pages["plain"]


def test_names_from_the_data_are_escaped(run_folders):
    figures = report_figures(run_folders["number"])
    figures["target"] = "<script>alert(1)</script>"
    figures["columns"][0]["name"] = "<b>"
    page = run_page(figures)
    assert "<script" not in page
    assert "<b>" not in page
