"""The pages: README, CONTRIBUTING, CHANGELOG and everything in docs/ that is written by hand."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GENERATED = {"_build", "gallery", "generated"}
FENCED = re.compile(r"^(`{3,})(.*?)\n(.*?)^\1[ \t]*$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
ROLE = re.compile(r"\{doc\}`(?:[^`<>]*<)?([^`<>]+)>?`")


def pages() -> list[Path]:
    """All of them."""
    return [
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
        *(path for path in sorted(DOCS.rglob("*.md"))
          if not GENERATED & set(path.relative_to(DOCS).parts)),
    ]


def name_of(page: Path) -> str:
    """Its place in the repository."""
    return page.relative_to(ROOT).as_posix()


def fences(page: Path) -> Iterator[tuple[str, str]]:
    """What every fenced block says behind its marks, and its text."""
    for match in FENCED.finditer(page.read_text()):
        yield match.group(2).strip(), match.group(3)


def prose(page: Path) -> str:
    """The text of a page without its fenced blocks and code."""
    return re.sub(r"`[^`\n]*`", "", FENCED.sub("", page.read_text()))


def anchor(heading: str) -> str:
    """The name by which a link reaches a heading.

    >>> anchor("Who scales `targets`, and why")
    'who-scales-targets-and-why'
    """
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower().replace("`", ""))
    return kept.replace(" ", "-")


def anchors(page: Path) -> set[str]:
    """The names of a page's headings and of its marked places."""
    text = FENCED.sub("", page.read_text())
    headings = re.findall(r"^#{1,4} (.+)$", text, re.MULTILINE)
    return {anchor(each) for each in headings} | set(re.findall(r"^\(([\w-]+)\)=$", text, re.M))


def links(page: Path) -> Iterator[tuple[str, Path, str]]:
    """What is written, the file it leads to, and the place there; links into the web aside."""
    text = FENCED.sub("", page.read_text())
    for written in LINK.findall(text):
        path, _, place = written.partition("#")
        if not re.match(r"[a-z]+:", path):
            yield written, (page.parent / path).resolve() if path else page, place
    for written in ROLE.findall(text):
        yield written, (page.parent / f"{written}.md").resolve(), ""


def listed(page: Path) -> list[str]:
    """The pages in a page's tables of contents, from docs/ on."""
    found = []
    for head, body in fences(page):
        if head.startswith("{toctree}"):
            for line in body.splitlines():
                if not line.strip() or line.startswith(":"):
                    continue
                target = line.split("<")[-1].rstrip("> ")
                folder = page.parent
                if "*" in target:
                    made = sorted(path.with_suffix("") for path in folder.glob(f"{target}.md"))
                else:
                    made = [(folder / target).resolve()]
                found += [path.relative_to(DOCS).as_posix() for path in made]
    return found
