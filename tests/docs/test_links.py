"""No dead link and no dead anchor between files of the repository."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.pages import anchor, anchors, links, name_of, pages


@pytest.mark.parametrize("page", pages(), ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    dead = [
        written for written, path, place in links(page)
        if not path.exists() or (place and path.suffix == ".md" and place not in anchors(path))
    ]
    assert dead == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# One `two`\n[a](#one-two) [b](page.md#three) {doc}`other`\n```\n[c](d)\n```\n"
    )
    found = {written: (path.exists(), place in {"", *anchors(page)})
             for written, path, place in links(page)}
    assert found == {
        "#one-two": (True, True), "page.md#three": (True, False), "other": (False, True),
    }
    assert anchor("What's (not) here") == "whats-not-here"
