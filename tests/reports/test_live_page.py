"""The live page in headless Chromium: it follows runs, in both schemes and widths."""

from __future__ import annotations

import json
import re
import threading

import pytest

from fastavg.reports.live_page import live_page
from fastavg.reports.live_server import LiveServer
from fastavg.runs.run_folder import create_run
from tests.reports.browser import BACKGROUND, SCREENS, opened, overflowing, overlapping


def test_it_asks_for_no_other_place():
    page = live_page("n")
    assert not re.search(r"https?://|url\(", page)
    assert page.count("<script") == 1


def lines(*records):
    return "".join(f"{json.dumps({'schema': 1, 'time': 10.0 + at, **each})}\n"
                   for at, each in enumerate(records))


def a_round(number, loss=0.5):
    return {
        "event": "round", "round": number, "epoch": number + 1.0, "loss": loss / (number + 1),
        "rounds": 1, "rows": 100, "training_seconds": 0.4, "averaging_seconds": 0.05,
        "waiting_seconds": 0.05, "worker_seconds": [0.4, 0.3], "drift": 0.25 / (number + 1),
    }


STARTED = {"event": "started", "workers": 2, "processes": 2, "ranks": 1, "rounds": 8}
LOST = {"event": "worker replaced", "round": 3, "worker": 1, "pid": 4711, "cause": "SIGKILL",
        "processes": 2}


@pytest.fixture
def served(tmp_path):
    plain = create_run(tmp_path / "runs" / "plain")
    plain.events.write_text(lines(
        {"event": "run"}, STARTED, *map(a_round, range(4)), LOST, a_round(4),
    ))
    table = create_run(tmp_path / "runs" / "<b>table")
    table.events.write_text(lines({"event": "run"}, *(
        {"event": "validated", "epoch": epoch, "loss": 1 / epoch, "validation_loss": 2 / epoch,
         "member": member, "members": 2} for epoch in range(1, 6) for member in range(2)
    ), {"event": "tested", "accuracy": 0.875}))
    with LiveServer([tmp_path / "runs"]) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server, plain
        server.shutdown()
        thread.join(timeout=10)


@pytest.mark.parametrize(("width", "scheme"), SCREENS)
def test_curves_lanes_lost_processes_and_several_runs(served, browser, width, scheme):
    server, plain = served
    with opened(browser, server.url, width, scheme) as (page, errors, requests):
        page.wait_for_selector("#runs tr:nth-child(2)", timeout=20_000)
        page.click("#runs tr[data-run=plain] td")
        assert page.locator("#loss polyline").count() == 2
        assert page.locator("#held polyline").count() == 2
        for each in ("#drift", "#share"):
            points = page.locator(f"{each} polyline").last.get_attribute("points")
            assert len(points.split()) == 5
        assert page.locator("#lanes .train").count() == 10
        assert page.locator("#lanes .lost").count() == 1
        assert "process 4711 was lost to SIGKILL" in page.inner_text("#log")
        assert "0.875" in page.inner_text("#runs")
        assert "<b>table" in page.inner_text("#runs")
        # The page goes on as the run does.
        with plain.events.open("a") as file:
            file.write(lines(a_round(5), {"event": "tested", "accuracy": 0.625}))
        page.get_by_text("0.625").wait_for(timeout=20_000)
        assert page.locator("#lanes .train").count() == 12
        assert overflowing(page) == []
        assert overlapping(page) == []
        assert errors == []
        back = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert back == BACKGROUND[scheme]
        own = f"http://127.0.0.1:{server.server_address[1]}/"
        assert all(each.startswith((own, "data:")) for each in requests)


def test_a_long_run_is_drawn(served, browser):
    server, plain = served
    # More rounds than a call of the browser may have arguments.
    plain.events.write_text(lines({"event": "run"}, STARTED, *map(a_round, range(130_000))))
    with opened(browser, server.url, 1280) as (page, errors, _):
        page.click("#runs tr[data-run=plain] td", timeout=60_000)
        page.wait_for_function(
            "document.querySelector('#loss polyline:last-of-type').points.length > 200",
            timeout=60_000,
        )
        assert errors == []
        assert "130,000" in page.inner_text("#runs")
