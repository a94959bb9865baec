"""Every page stands in one section, and the sections are five."""

from __future__ import annotations

import re
from collections import Counter

from tests.docs.pages import DOCS, listed, name_of, pages

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
