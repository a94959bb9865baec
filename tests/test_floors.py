"""The shape of the source: imports go down the floors, files stay small."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = (
    ("errors", "kernels", "randomness", "version"),
    ("communicators", "hardware", "sharedmemory"),
    ("data", "datasets", "model", "modelfile", "network", "workspace"),
    ("averaging", "solvers"),
    ("training",),
    ("estimators", "experiments"),
    ("fastavg_cli",),
)
VAGUE = {"common", "core", "helper", "helpers", "manager", "misc", "util", "utils"}
LONGEST = 250


def modules() -> dict[str, Path]:
    """Every module by the name that it is installed under."""
    found = {}
    for folder, package in (("fastavg", "fastavg"), ("cli", "fastavg_cli")):
        for path in (ROOT / folder).rglob("*.py"):
            parts = path.relative_to(ROOT / folder).with_suffix("").parts
            found[".".join([package, *parts]).removesuffix(".__init__")] = path
    return found


MODULES = modules()


def floor(name: str) -> int | None:
    """The floor of a module; None if it has none."""
    package, *rest = name.split(".")
    place = package if package == "fastavg_cli" else rest[0] if rest else ""
    return next((number for number, names in enumerate(FLOORS) if place in names), None)


def imported(name: str, source: str) -> set[str]:
    """The fastavg modules that a module imports, anywhere in its text."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            children = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= (children & MODULES.keys()) or {node.module}
    return {each for each in found if each.split(".")[0] in ("fastavg", "fastavg_cli")} - {name}


def upward(name: str, source: str) -> list[str]:
    """Imports that climb to a higher floor."""
    return [
        each for each in sorted(imported(name, source))
        if each != "fastavg" and (floor(each) or 0) > (floor(name) or 0)
    ]


@pytest.mark.parametrize("name", sorted(MODULES.keys() - {"fastavg"}))
def test_module_keeps_to_its_floor(name: str) -> None:
    assert floor(name) is not None, f"{name} stands on no floor; give it one in FLOORS"
    assert upward(name, MODULES[name].read_text()) == []


def test_a_climbing_import_is_seen() -> None:
    source = "def f():\n    from fastavg.training import plan\n"
    assert upward("fastavg.kernels.mean", source) == ["fastavg.training.plan"]
    assert upward("fastavg_cli.train", source) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_file_has_one_idea(name: str) -> None:
    path = MODULES[name]
    assert path.stem not in VAGUE
    assert len(path.read_text().splitlines()) <= LONGEST
