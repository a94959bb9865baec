"""Pages in a real browser: headless Chromium, driven by playwright."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
# A desk and a phone, by day and by night.
SCREENS = [(1280, "light"), (1280, "dark"), (390, "light"), (390, "dark")]
BACKGROUND = {"dark": "rgb(20, 23, 28)", "light": "rgb(255, 255, 255)"}


def chromium():
    """Where it is; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    return found


@contextlib.contextmanager
def running():
    """A browser for several pages."""
    program = chromium()
    api = pytest.importorskip("playwright.sync_api", reason="pip install '.[browser]'")
    with tempfile.TemporaryDirectory(dir="/tmp") as folder, api.sync_playwright() as play:
        found = play.chromium.launch(
            executable_path=program, args=["--no-sandbox"],
            # Its socket's path has at most 107 characters, which a test's own folder may take.
            env={**os.environ, "TMPDIR": folder},
        )
        try:
            yield found
        finally:
            found.close()


@contextlib.contextmanager
def opened(browser, url, width, scheme="light"):
    """A page, its console's errors and what it has asked for."""
    errors, requests = [], []
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda asked: requests.append(asked.url))
    try:
        page.goto(url)
        yield page, errors, requests
    finally:
        page.close()


def overflowing(page):
    """Texts of charts that are cut off, and whether the page is wider than the screen."""
    return page.evaluate("""() => {
        const cut = [];
        for (const text of document.querySelectorAll("svg text")) {
            const box = text.getBoundingClientRect();
            const frame = text.ownerSVGElement.getBoundingClientRect();
            if (box.left < frame.left - 1 || box.right > frame.right + 1
                || box.top < frame.top - 1 || box.bottom > frame.bottom + 1)
                cut.push(text.textContent);
        }
        // Other texts: what is wider than its place is cut off, unless the place scrolls.
        for (const place of document.querySelectorAll("body *")) {
            const style = getComputedStyle(place), own = place.closest("svg") === null;
            if (own && place.scrollWidth > place.clientWidth + 1 && place.clientWidth > 0
                && style.overflowX === "hidden")
                cut.push(place.textContent.slice(0, 40));
        }
        const root = document.documentElement;
        if (root.scrollWidth > root.clientWidth) cut.push(`page ${root.scrollWidth}`);
        return cut;
    }""")


def overlapping(page):
    """Pairs of texts of one chart that lie over each other."""
    return page.evaluate("""() => {
        const found = [];
        for (const chart of document.querySelectorAll("svg")) {
            const texts = [...chart.querySelectorAll("text")];
            const boxes = texts.map(each => each.getBoundingClientRect());
            for (let a = 0; a < texts.length; a++) for (let b = 0; b < a; b++) {
                const wide = Math.min(boxes[a].right, boxes[b].right)
                    - Math.max(boxes[a].left, boxes[b].left);
                const high = Math.min(boxes[a].bottom, boxes[b].bottom)
                    - Math.max(boxes[a].top, boxes[b].top);
                if (wide > 2 && high > 3)
                    found.push(`${texts[b].textContent} | ${texts[a].textContent}`);
            }
        }
        return found;
    }""")


def file_url(path: Path) -> str:
    """The address of a file."""
    return path.resolve().as_uri()
