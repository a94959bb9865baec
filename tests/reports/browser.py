"""Pages in a real browser: headless Chromium, driven by playwright."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")


def chromium():
    """Where it is; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip("there is no chromium here: apt-get install chromium")
    return found


@contextlib.contextmanager
def opened(url, width, scheme="light"):
    """A page, its console's errors and what it has asked for."""
    program = chromium()
    api = pytest.importorskip("playwright.sync_api", reason="pip install '.[browser]'")
    errors, requests = [], []
    with api.sync_playwright() as play:
        browser = play.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            page = browser.new_page(
                viewport={"width": width, "height": 900}, color_scheme=scheme
            )
            page.on("console", lambda said: errors.append(said.text)
                    if said.type == "error" else None)
            page.on("pageerror", lambda error: errors.append(str(error)))
            page.on("request", lambda asked: requests.append(asked.url))
            page.goto(url)
            yield page, errors, requests
        finally:
            browser.close()


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
        const root = document.documentElement;
        if (root.scrollWidth > root.clientWidth) cut.push(`page ${root.scrollWidth}`);
        return cut;
    }""")


def file_url(path: Path) -> str:
    """The address of a file."""
    return path.resolve().as_uri()
