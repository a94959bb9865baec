"""Words on the pages, in docstrings and comments are spelt as codespell and docs/words.txt say."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.docs.pages import ROOT

CHECKED = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "docs", "fastavg", "cli")


def misspelt(*places: str, cwd: Path = ROOT) -> str:
    """What codespell has to say; its settings and word list are those of pyproject.toml."""
    done = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *places],
        cwd=cwd, capture_output=True, text=True, timeout=60, check=False,
    )
    assert not done.stderr, done.stderr
    return done.stdout


def test_nothing_is_misspelt() -> None:
    assert misspelt(*CHECKED) == ""


def test_a_slip_is_seen(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("# A seperate page\n")
    assert "seperate ==> separate" in misspelt(".", cwd=tmp_path)


def test_the_word_list_is_in_order() -> None:
    words = (ROOT / "docs/words.txt").read_text().split()
    assert words == sorted(set(words))
