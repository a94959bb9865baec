"""Every page stands in one section, and the sections are five."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.docs.pages import DOCS, ROOT, fences, listed, name_of, pages

SECTIONS = [
    "get-started/index", "guide/index", "gallery/index", "reference/index", "inside/index",
]


def test_there_are_five_sections() -> None:
    assert listed(DOCS / "index.md") == SECTIONS


def test_every_page_is_listed_once() -> None:
    here = [page for page in pages() if DOCS in page.parents]
    found = Counter(each for page in here for each in listed(page))
    written = {page.relative_to(DOCS).with_suffix("").as_posix() for page in here} - {"index"}
    twice = {name for name, times in found.items() if times > 1}
    assert twice == set(), "in more than one table of contents"
    assert written - found.keys() == set(), "in none: add them to docs/guide/index.md or its kin"
    assert found.keys() - written == {"gallery/index"}


@pytest.mark.parametrize("part", [
    "add-an-averaging-rule", "add-a-solver", "add-a-kernel", "add-a-loss", "add-an-activation",
    "add-a-reader", "communicator", "add-an-algorithm", "add-a-callback",
])
def test_a_page_shows_how_to_add_each_kind_of_part(part: str) -> None:
    """Code that a test runs, and where such a part is in the source."""
    page = DOCS / "how-to" / f"{part}.md"
    assert [head for head, _ in fences(page) if head == "python"] != []
    named = re.findall(r"`((?:fastavg|tests)/[\w/.-]+)`", page.read_text())
    assert named != []
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_a_page_begins_with_its_title() -> None:
    for page in pages():
        text = re.sub(r"\A---\n.*?\n---\n\n", "", page.read_text(), flags=re.DOTALL)
        assert text.startswith("# "), name_of(page)


def test_a_page_says_first_what_it_is_for() -> None:
    """A paragraph follows the title, not a command, a table, a list or the next heading."""
    for page in pages():
        if page.name == "CHANGELOG.md" or page == DOCS / "index.md" or "decisions" in page.parts:
            continue
        first = re.split(r"^# .*\n+", page.read_text(), maxsplit=1, flags=re.MULTILINE)[1]
        assert re.match(r"[\w`*\"\[{]", first), f"{name_of(page)} begins with {first[:40]!r}"
        assert not first.startswith(("```", "{{")), f"{name_of(page)} begins with {first[:40]!r}"
