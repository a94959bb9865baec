"""Tests mirror the source: a module has a test file of its name at the same place."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.test_floors import MODULES, ROOT

# Modules without a test file of their name, by the reason.  The lists only shrink.
WITHOUT: dict[str, set[str]] = {
    "The contract of a family: its members are tested by one suite.": {
        "fastavg.averaging",
        "fastavg.communicators.contract",
        "fastavg.data.preprocessing.contract",
        "fastavg.solvers",
        "fastavg.solvers.contract",
        "fastavg.training.algorithms.contract",
        "fastavg.training.checkpoints.contract",
        "fastavg.training.controllers.contract",
        "fastavg.training.programs",
        "fastavg.training.programs.contract",
    },
    "Tested with real ranks, tests/faults/test_ranks.py.": {
        "fastavg.communicators.mpi.guardian",
    },
}
LAZY = {"__getattr__", "__dir__"}


def place_of(name: str, path: Path) -> Path:
    """Where the tests of a module lie.

    ``fastavg/machine/pipes.py`` has ``tests/machine/test_pipes.py``; a package whose
    ``__init__`` holds code has a test file of its name inside, ``tests/losses/test_losses.py``.
    """
    package, *parts = name.split(".")
    if package == "fastavg_cli":
        parts = ["cli", *parts]
    if not parts:
        return ROOT / "tests" / "test_import.py"
    folder = parts if path.name == "__init__.py" else parts[:-1]
    return ROOT.joinpath("tests", *folder, f"test_{parts[-1]}.py")


def has_code(path: Path) -> bool:
    """True if a module defines a function or class."""
    return any(
        isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name not in LAZY
        for node in ast.parse(path.read_text()).body
    )


def without() -> set[str]:
    """All modules on the lists."""
    return set().union(*WITHOUT.values())


@pytest.mark.parametrize("name", sorted(MODULES))
def test_a_module_has_a_test_file_of_its_name(name: str) -> None:
    path = MODULES[name]
    place = place_of(name, path)
    if name in without():
        assert not place.exists(), f"{name} has its tests; take it out of WITHOUT"
        assert has_code(path), f"{name} defines nothing; take it out of WITHOUT"
    elif has_code(path):
        assert place.exists(), f"the tests of {name} belong in {place.relative_to(ROOT)}"


def test_the_lists_name_modules_that_exist_once() -> None:
    assert MODULES.keys() >= without()
    assert sum(map(len, WITHOUT.values())) == len(without())


def test_places() -> None:
    assert place_of("fastavg.errors", Path("errors.py")) == ROOT / "tests/test_errors.py"
    assert place_of("fastavg.losses", Path("losses/__init__.py")) == (
        ROOT / "tests/losses/test_losses.py"
    )
    assert place_of("fastavg_cli.terminal.output", Path("output.py")) == (
        ROOT / "tests/cli/terminal/test_output.py"
    )
