"""The built pages: links, anchors, images, and what a browser makes of them.

``.ci/check docs`` builds the pages, and runs this with their folder in ``FASTAVG_PAGES``; what
needs a browser is skipped where there is no Chromium.
"""

from __future__ import annotations

import functools
import http.server
import os
import threading
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.reports.browser import running

WIDTHS = (390, 1280, 1920)
FOLDER = os.environ.get("FASTAVG_PAGES")

pytestmark = pytest.mark.skipif(not FOLDER, reason=".ci/check docs builds the pages")


class Links(HTMLParser):
    """Where a page leads, what it shows, and the places in it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.images: list[str] = []
        self.places: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect."""
        found = dict(attrs)
        for name in ("id", "name"):
            if value := found.get(name):
                self.places.add(value)
        if tag == "a" and (target := found.get("href")):
            self.links.append(target)
        if tag == "img" and (source := found.get("src")):
            self.images.append(source)


@functools.cache
def built() -> dict[Path, Links]:
    """Every page of the folder."""
    root = Path(FOLDER or "").resolve()
    found = {
        path: Links(path.read_text()) for path in sorted(root.rglob("*.html"))
        if "_static" not in path.parts
    }
    assert len(found) > 50
    return found


def test_no_link_and_no_anchor_is_dead() -> None:
    pages, dead = built(), []
    for page, links in pages.items():
        for target in links.links:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or target == "#":
                continue
            path = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            # From source code viewcode leads to the right page, but knows one module a file.
            place = "" if "_modules" in page.parts else unquote(parts.fragment)
            if not path.exists() or (place and path in pages and place not in pages[path].places):
                dead.append(f"{page.name}: {target}")
    assert dead == []


def test_no_image_is_missing() -> None:
    missing = [
        f"{page.name}: {source}" for page, links in built().items() for source in links.images
        if not urlsplit(source).scheme and not (page.parent / unquote(source)).exists()
    ]
    assert missing == []


def test_external_links_are_encrypted() -> None:
    plain = {
        target for links in built().values() for target in links.links
        if urlsplit(target).scheme == "http"
    }
    assert plain == set()


@pytest.fixture(scope="module")
def address():
    """The folder on a port of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format, *args):
            pass

    handler = functools.partial(Quiet, directory=FOLDER)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


LOOK = """() => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) {
        found.push(`the page is ${root.scrollWidth} wide`);
        for (const each of document.querySelectorAll("main *"))
            if (each.getBoundingClientRect().right > root.clientWidth + 1
                && !each.closest(".pst-scrollable-table-container, .frame, pre, .highlight"))
                found.push(each.tagName + " " + each.textContent.trim().slice(0, 40));
    }
    for (const image of document.images)
        if (image.offsetParent !== null && !(image.complete && image.naturalWidth))
            found.push(`no image ${image.src}`);
    return found.slice(0, 5);
}"""


@pytest.mark.timeout(500)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_in_a_browser(address: str, scheme: str) -> None:
    root = Path(FOLDER or "").resolve()
    pages = [
        page.relative_to(root) for page in built() if "_modules" not in page.parts
    ]
    if scheme == "dark":
        # The ground changes nothing in the layout; pictures of their own are on a few pages.
        pages = [page for page in pages if page.name == "index.html"]
    faults: list[str] = []
    with running() as browser:
        page = browser.new_page(color_scheme=scheme)
        page.on("console", lambda said: faults.append(f"{page.url}: {said.text}")
                if said.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(f"{page.url}: {error}"))
        for path in pages:
            page.goto(f"{address}/{path.as_posix()}")
            # Pages that are made alike, one for each class, are looked at on the smallest screen.
            for width in WIDTHS[:1] if "generated" in path.parts else WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                faults += [f"{path} at {width}: {each}" for each in page.evaluate(LOOK)]
    assert faults == []
