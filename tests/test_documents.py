"""The Python in README.md and docs/ runs as it stands."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import fastavg

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Packages whose names are public beside those of fastavg itself.
EXPORTING = (
    "averaging", "communicators", "dask", "data.deformations", "estimators", "losses", "solvers",
    "training.controllers",
)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
# A block that stands on two pages runs once.
BLOCKS = {
    code: f"{page.relative_to(ROOT)}-{number}"
    for page in reversed(PAGES)
    for number, code in enumerate(BLOCK.findall(page.read_text()))
}


def test_the_readme_has_its_example() -> None:
    assert "README.md-0" in BLOCKS.values()


def run_block(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a block as a script of its own."""
    script = folder / "block.py"
    script.write_text(code)
    return subprocess.run(
        [sys.executable, "-W", "error", script], cwd=folder, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=100, check=False,
    )


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """The chosen blocks, two at a time: most of a block's time is that of imports."""
    chosen = [
        item.callspec.params["code"] for item in request.session.items
        if getattr(item, "originalname", "") == "test_block_runs_as_a_script"
    ]
    with ThreadPoolExecutor(2) as pool:
        yield {
            code: pool.submit(run_block, code, tmp_path_factory.mktemp("block"))
            for code in chosen
        }


@pytest.mark.parametrize("code", BLOCKS.keys(), ids=BLOCKS.values())
def test_block_runs_as_a_script(code: str, runs: dict[str, Any]) -> None:
    done = runs[code].result()
    assert done.returncode == 0, done.stderr
    assert not done.stderr


@pytest.mark.parametrize("page", [
    ROOT / "CONTRIBUTING.md",
    # Decisions speak of what was.
    *(page for page in PAGES if "decisions" not in page.parts),
], ids=lambda page: page.name)
def test_files_of_the_source_that_a_page_names_are_there(page: Path) -> None:
    for name in re.findall(r"`((?:fastavg|cli|tests|bench|docs)/[\w/.-]+)`", page.read_text()):
        assert (ROOT / name).exists(), f"{page.name} names {name}"


@pytest.mark.parametrize("page", ["docs/inside/architecture.md", "CONTRIBUTING.md"])
def test_files_that_a_page_names_are_there(page: str) -> None:
    text = (ROOT / page).read_text()
    named = {name for name in re.findall(r"`([\w/.]+\.py)`", text) if "/" in name}
    assert named
    for name in named:
        assert (ROOT / name).exists() or (ROOT / "fastavg" / name).exists(), name


def test_where_to_change_what_leads_to_one_file_each() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    part = text.split("<!-- where: begin -->")[1].split("<!-- where: end -->")[0]
    rows = re.findall(r"^\| ([^|]+) \| ([^|]+) \|$", part, re.MULTILINE)[2:]
    assert len(rows) >= 10
    for wanted, cell in rows:
        named = re.fullmatch(r"`([\w/.]+)`", cell)
        assert named is not None, wanted
        assert (ROOT / named.group(1)).is_file(), wanted
    assert len({cell for _, cell in rows}) == len(rows)


def test_the_reference_lists_every_public_name() -> None:
    listed = set(re.findall(r"^   (\w+)$", (ROOT / "docs/api/index.md").read_text(), re.MULTILINE))
    assert listed == set(fastavg.__all__) - {"__version__"}


def test_the_reference_lists_what_packages_export() -> None:
    """What a package has in ``__all__``, unless the package above it exports it too."""
    text = (ROOT / "docs/api/index.md").read_text()
    found = re.findall(r"^   ([\w.]+)$", text, re.MULTILINE)
    listed = {name.rsplit(".", 1)[-1] for name in found}
    for package in EXPORTING:
        module = import_module(f"fastavg.{package}")
        missing = {
            name for name in module.__all__ if callable(getattr(module, name))
        } - listed
        assert missing == set(), package


def test_spark_classes_in_the_reference_have_docstrings() -> None:
    """Read from their files, since Spark is not installed where this runs."""
    names = re.findall(
        r"^   spark\.(\w+)$", (ROOT / "docs/api/index.md").read_text(), re.MULTILINE
    )
    assert set(names) == set(import_module("fastavg.spark").__all__)
    classes = {
        node.name: node
        for path in (ROOT / "fastavg/spark").glob("spark_*.py")
        for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)
    }
    for name in names:
        assert len(ast.get_docstring(classes[name]) or "") > 20, name
        for member in classes[name].body:
            if isinstance(member, ast.FunctionDef) and not member.name.startswith("_"):
                assert ast.get_docstring(member), f"{name}.{member.name}"


def test_everything_in_the_reference_has_a_docstring() -> None:
    text = (ROOT / "docs/api/index.md").read_text()
    names = re.findall(r"^   ([\w.]+)$", text, re.MULTILINE)
    assert len(names) > 100
    for name in names:
        module, _, attribute = name.rpartition(".")
        if module == "spark":
            continue
        found = getattr(import_module(f"fastavg.{module}".rstrip(".")), attribute)
        assert len(inspect.getdoc(found) or "") > 20, name
        if not inspect.isclass(found):
            continue
        for member, value in vars(found).items():
            if not member.startswith("_") and inspect.isfunction(value):
                assert inspect.getdoc(getattr(found, member)), f"{name}.{member}"
