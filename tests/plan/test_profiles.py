"""Profiles: every name in them is an option."""

import pytest

from fastavg.plan.profiles import PROFILES
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
