"""The architecture page names every member of the parts that it describes."""

from __future__ import annotations

import re

import pytest

from fastavg.averaging.periods.contract import PERIODS
from fastavg.averaging.rule import RULES
from fastavg.plan.algorithm import ALGORITHMS
from tests.docs.pages import DOCS, ROOT

TEXT = (DOCS / "inside" / "architecture.md").read_text()
# Not controllers themselves: their contract, and arithmetic that several of them share.
SHARED = {"__init__", "contract", "penalty"}


def row(part: str) -> set[str]:
    """The names in a part's row of the table."""
    (found,) = re.findall(rf"^\| {part}: .*\| (.*) \|$", TEXT, re.MULTILINE)
    return set(re.findall(r"`([\w-]+)`", found))


@pytest.mark.parametrize(("part", "family"), [
    ("algorithm", ALGORITHMS), ("averaging rule", RULES), ("period", PERIODS),
])
def test_every_member_of_a_family_is_named(part, family):
    assert row(part) == set(family.members)


def test_every_controller_is_named():
    files = (ROOT / "fastavg/training/controllers").glob("*.py")
    assert row("controller") == {path.stem for path in files} - SHARED


def test_every_engine_is_named():
    engines = {path.parent.name for path in (ROOT / "fastavg").glob("*/*_engine.py")}
    assert row("engine") == engines
