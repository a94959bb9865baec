"""The Python in README.md and docs/ runs as it stands."""

from __future__ import annotations

import ast
import inspect
import json
import os
import re
import select
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import fastavg
from tests.test_docstrings import SEE, documented, parameters

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
# Packages whose names are public beside those of fastavg itself.
EXPORTING = (
    "averaging", "averaging.periods", "communicators", "dask", "data.deformations", "estimators",
    "losses", "ray", "solvers", "training.controllers",
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


class Blocks:
    """Runs blocks as scripts, in processes that have imported what most of them need."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-W", "error", ROOT / "tests/docs/block_server.py"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True,
        )

    def run(self, code: str, folder: Path) -> tuple[int, str]:
        """Exit code and what it writes to standard error."""
        (folder / "block.py").write_text(code)
        request = {"script": str(folder / "block.py"), "folder": str(folder)}
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(request) + "\n")
        self._server.stdin.flush()
        answered, _, _ = select.select([self._server.stdout], [], [], 100)
        if not answered:
            os.killpg(self._server.pid, signal.SIGKILL)
            pytest.fail("the block does not end")
        answer = json.loads(self._server.stdout.readline())
        return answer["code"], answer["err"]

    def close(self) -> None:
        """End the process."""
        self._server.communicate(timeout=30)
        assert self._server.returncode == 0


@pytest.fixture(scope="module")
def blocks():
    made = Blocks()
    yield made
    made.close()


@pytest.mark.parametrize("code", BLOCKS.keys(), ids=BLOCKS.values())
def test_block_runs_as_a_script(code: str, blocks: Blocks, tmp_path: Path) -> None:
    assert blocks.run(code, tmp_path) == (0, "")


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


@pytest.mark.parametrize("engine", ["dask", "ray", "spark"])
def test_classes_of_engines_document_all_that_they_take(engine: str) -> None:
    """Read from their files, since Ray and Spark are not installed where this runs."""
    names = re.findall(
        rf"^   {engine}\.(\w+)$", (ROOT / "docs/api/index.md").read_text(), re.MULTILINE
    )
    assert set(names) == set(import_module(f"fastavg.{engine}").__all__)
    classes = {
        node.name: node
        for path in (ROOT / "fastavg" / engine).glob("*.py")
        for node in ast.parse(path.read_text()).body if isinstance(node, ast.ClassDef)
    }
    for name in names:
        text = ast.get_docstring(classes[name]) or ""
        assert ">>>" in text, f"{name} has no example"
        bases = [classes[name], *(
            classes[base.id] for base in classes[name].bases
            if isinstance(base, ast.Name) and base.id in classes
        )]
        members = {
            each.name: each for kind in reversed(bases) for each in kind.body
            if isinstance(each, ast.FunctionDef)
        }
        taken = parameters(members["__init__"], bound=True)
        assert set(taken) <= set(documented(text)), name
        for member in members.values():
            if not member.name.startswith("_"):
                said = ast.get_docstring(member) or ""
                assert said, f"{name}.{member.name}"
                if not SEE.search(said):
                    taken = parameters(member, bound=True)
                    assert set(taken) <= set(documented(said)), f"{name}.{member.name}"


def listed_names() -> set[str]:
    """The last parts of all names on the page of the API."""
    text = (ROOT / "docs/api/index.md").read_text()
    return {name.rsplit(".", 1)[-1] for name in re.findall(r"^   ([\w.]+)$", text, re.MULTILINE)}


def test_the_reference_lists_what_code_on_the_pages_imports() -> None:
    text = (ROOT / "docs/api/index.md").read_text()
    listed = listed_names()
    scripts = [
        path.read_text() for folder in ("examples", "how-to/scripts")
        for path in (ROOT / "docs" / folder).glob("*.py")
    ]
    missing = {
        f"{node.module}.{each.name}"
        for code in [*BLOCKS, *scripts] for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "fastavg"
        for each in node.names if each.name not in listed and f"``{each.name}``" not in text
    }
    assert missing == set()


@pytest.mark.parametrize("family", [
    "averaging.rule.RULES", "averaging.periods.contract.PERIODS", "plan.algorithm.ALGORITHMS",
    "solvers.SOLVERS", "losses.LOSSES", "data.sampling_schemes.SAMPLINGS",
    "data.deformations.DEFORMATIONS",
])
def test_the_reference_lists_every_member_of_a_family(family: str) -> None:
    module, _, name = family.rpartition(".")
    registry = getattr(import_module(f"fastavg.{module}"), name)
    kinds = {registry.kind(member).__name__ for member in registry.members}
    assert kinds - listed_names() == set()


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
