"""The report in headless Chromium, on a desk and on a phone, by day and by night."""

from __future__ import annotations

import pytest

from fastavg.reports.write_report import write_report
from tests.reports.browser import (
    BACKGROUND,
    SCREENS,
    file_url,
    opened,
    overflowing,
    overlapping,
)

EVERY = ("Loss of ", "How much the ", "What the model says on average")
OF_CLASSES = (*EVERY, "ROC curves", "Precision and recall", "Reliability: ")
CHARTS = {
    "class": OF_CLASSES,
    "number": (*EVERY, "Predicted against true", "Residuals, from"),
    "plain": (*OF_CLASSES, "The part of the time of rounds", "Drift: "),
}


@pytest.mark.parametrize("kind", CHARTS)
def test_no_error_no_request_every_chart_and_nothing_cut_off(
    run_folders, browser, kind, tmp_path
):
    page_file, _ = write_report(run_folders[kind].path, tmp_path / "r.html")
    for width, scheme in SCREENS:
        with opened(browser, file_url(page_file), width, scheme) as (page, errors, requests):
            assert (errors, requests) == ([], [file_url(page_file)])
            figures = page.locator("figure:has(svg) figcaption").all_inner_texts()
            for start in CHARTS[kind]:
                assert any(each.startswith(start) for each in figures), start
            assert overflowing(page) == []
            assert overlapping(page) == []
            back = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert back == BACKGROUND[scheme]
