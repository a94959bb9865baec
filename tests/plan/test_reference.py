"""The reference page says what the fields say."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from fastavg.plan.surfaces import entries

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "options.md"


def test_the_page_is_the_one_that_the_fields_make():
    # In a process of its own: members of a family stand in the order of their imports.
    made = subprocess.run(
        [sys.executable, "-m", "fastavg.plan.reference"], capture_output=True, text=True,
        timeout=120, check=True,
    )
    assert PAGE.read_text() == made.stdout


def test_every_option_has_a_row():
    text = PAGE.read_text()
    for name in entries():
        assert f"| `{name}` |" in text


def test_each_member_has_its_own_default():
    text = PAGE.read_text()
    assert "| `solver.learning_rate` | sgd | `0.1` |" in text
    assert "| `solver.learning_rate` | adam, adamw, rmsprop | `0.001` |" in text
    rows = [line for line in text.splitlines() if line.startswith("| `averaging.rate` |")]
    assert len(rows) > 3


def test_variants_are_what_the_classes_say():
    for name, entry in entries().items():
        of_variants = [each for one in entry.variants for each in one.members]
        assert sorted(of_variants) == sorted(entry.members), name
        component, _, field = name.rpartition(".")
        family = entries()[component].about.family if component in entries() else None
        if family is None or component.count(".") or entry.about.family is not None:
            continue
        for variant in entry.variants:
            for member in variant.members:
                known = {each.name: each.default for each in fields(family.kind(member))}
                assert variant.default == known[field], (name, member)


def test_front_ends_have_the_defaults_of_their_profiles():
    part = PAGE.read_text().split("## Defaults of the front ends")[1]
    assert "| `init` | `glorot` | `he` | `glorot-biases` | `uniform(0, 1)` | `he` |" in part
    assert "| `solver.learning_rate` | `0.001` | `auto` |" in part
