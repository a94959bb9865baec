"""The Python in README.md and docs/ runs as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import fastavg

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A block that stands on two pages runs once.
BLOCKS = {
    code: f"{page.relative_to(ROOT)}-{number}"
    for page in reversed(PAGES)
    for number, code in enumerate(BLOCK.findall(page.read_text()))
}


def test_the_readme_has_its_example() -> None:
    assert "README.md-0" in BLOCKS.values()


@pytest.mark.parametrize("code", BLOCKS.keys(), ids=BLOCKS.values())
def test_block_runs_as_a_script(code: str, tmp_path: Path) -> None:
    script = tmp_path / "block.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=tmp_path, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=100, check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not done.stderr


@pytest.mark.parametrize("page", ["docs/inside/architecture.md", "CONTRIBUTING.md"])
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    named = {name for name in re.findall(r"`([\w/.]+\.py)`", text) if "/" in name}
    assert named
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "fastavg" / name).exists(), name


def test_the_reference_lists_every_public_name() -> None:
    listed = set(re.findall(r"^   (\w+)$", (ROOT / "docs/api/index.md").read_text(), re.MULTILINE))
    assert listed == set(fastavg.__all__) - {"__version__"}
