"""Profiles: every name in them is an option."""

from dataclasses import replace

import pytest

from fastavg.plan.profiles import PRESETS, PROFILES, deep_big_simple, paper, preset
from fastavg.plan.resolve import Facts, resolve
from fastavg.plan.surfaces import entries


def names(table, prefix=""):
    for name, value in table.items():
        if isinstance(value, dict):
            yield from names(value, f"{prefix}{name}.")
        else:
            yield (prefix + name).removesuffix(".name")


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_sets_options_only(name):
    assert set(names(PROFILES[name])) <= entries().keys()


@pytest.mark.parametrize(("name", "made"), [
    ("paper", paper), ("deep-big-simple", deep_big_simple),
])
def test_a_preset_is_its_profile_with_changes(name, made):
    assert name in PRESETS
    found = made(epochs=7, seed=3)
    assert preset(name, epochs=7, seed=3) == found
    for front in ("shell", "scikit-learn"):
        resolved = resolve({"epochs": 7, "seed": 3}, Facts(3500, 400, 10, "class"), front, name)
        assert resolved.network == found.network(400, 10)
        assert resolved.plan == found.plan


def test_options_of_a_presets_deformation_can_be_changed():
    given = {"augment": {"rotation": 5}}
    found = resolve(given, Facts(3500, 400, 10, "class"), "shell", "deep-big-simple").plan
    assert found.augment == replace(deep_big_simple().plan.augment, rotation=5)
    given = {"augment": {"name": "none"}}
    found = resolve(given, Facts(3500, 400, 10, "class"), "shell", "deep-big-simple").plan
    assert found == deep_big_simple(augment="none").plan
