"""The files that hosts of repositories read say what the project says."""

from __future__ import annotations

import re
import tomllib

from fastavg.version import VERSION
from tests.docs.pages import ROOT


def field(name: str) -> str:
    """A top-level field of CITATION.cff."""
    text = (ROOT / "CITATION.cff").read_text()
    found = re.search(rf'^{name}: "?([^"\n]+)"?$', text, re.MULTILINE)
    assert found, name
    return found.group(1)


def test_the_citation_is_of_this_version() -> None:
    about = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert field("version") == VERSION
    assert field("license") == about["license"]
    assert about["authors"][0]["name"] in (ROOT / "CITATION.cff").read_text()
    assert about["description"].split(",")[0].lower() in field("title").lower()


def test_a_person_can_report() -> None:
    assert "doctor --json" in (ROOT / "SECURITY.md").read_text()
    forms = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
    assert len(forms) >= 3
    for form in forms:
        # No tab, which YAML refuses, and what a form must have.
        text = form.read_text()
        assert "\t" not in text
        if form.stem != "config":
            assert re.search(r"^name: .+\ndescription: .+\n", text)
            assert "\nbody:\n" in text
