"""The report in headless Chromium, on a desk and on a phone."""

from __future__ import annotations

import pytest

from fastavg.reports.write_report import write_report
from tests.reports.browser import file_url, opened, overflowing

CHARTS = {"class": 7, "number": 6, "plain": 7}


@pytest.mark.parametrize(("kind", "width", "scheme"), [
    ("class", 1280, "light"), ("number", 390, "dark"), ("plain", 390, "light"),
])
def test_no_error_no_request_every_chart_and_nothing_cut_off(
    run_folders, kind, width, scheme, tmp_path
):
    page_file, _ = write_report(run_folders[kind].path, tmp_path / "r.html")
    with opened(file_url(page_file), width, scheme) as (page, errors, requests):
        assert (errors, requests) == ([], [file_url(page_file)])
        assert page.locator("figure svg").count() >= CHARTS[kind]
        assert overflowing(page) == []
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert back == ("rgb(20, 23, 28)" if scheme == "dark" else "rgb(255, 255, 255)")
