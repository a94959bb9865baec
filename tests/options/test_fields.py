"""Fields that are options: checked, and names become members."""

from dataclasses import dataclass, fields

import pytest

from fastavg.averaging import RULES, Mean, SlowMo
from fastavg.errors import ConfigError
from fastavg.options import PART, check_options, option


@dataclass(frozen=True)
class Component:
    part: float = option(0.5, check=PART, flag="--part", unit="rows")
    rule: object = option(factory=Mean, family=RULES)
    free: int = 3

    def __post_init__(self):
        check_options(self)


def test_a_field_keeps_its_default_and_what_it_says_of_itself():
    found = fields(Component)[0].metadata["option"]
    assert Component() == Component(0.5, Mean(), 3)
    assert (found.flag, found.unit, found.sklearn) == ("--part", "rows", "")


def test_values_are_checked():
    with pytest.raises(ConfigError, match=r"^part is 2; it must be above 0 and at most 1$"):
        Component(part=2)


def test_names_and_mappings_become_members():
    assert Component(rule="slow-momentum").rule == SlowMo()
    made = Component(rule={"name": "slow-momentum", "momentum": 0.9})
    assert made.rule == SlowMo(momentum=0.9)
