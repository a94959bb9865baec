"""Families: members by name, found in their package."""

import subprocess
import sys
import textwrap
from dataclasses import fields

import pytest

from fastavg.averaging import RULES, SlowMo
from fastavg.data.sampling_schemes import SAMPLINGS
from fastavg.errors import ConfigError
from fastavg.losses import LOSSES, CustomLoss, Hinge
from fastavg.options import Family
from fastavg.solvers import SOLVERS
from fastavg.solvers.schedules import SCHEDULE, Schedule

FAMILIES = [RULES, SAMPLINGS, LOSSES, SOLVERS, SCHEDULE]


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.what)
def test_every_name_makes_a_member_that_can_be_written_down_again(family):
    for name in family.members:
        made = family.make(name)
        told = {each.name: getattr(made, each.name) for each in fields(made)}
        again = family.name_of(made)
        told = {key: value for key, value in told.items() if key != "kind"}
        assert family.make({"name": again, **told}) == made


def test_a_member_is_itself():
    rule = SlowMo(momentum=0.3)
    assert RULES.make(rule) is rule


@pytest.mark.parametrize("value", [(10,), [1], 3, 0.5, True, b"mean", SlowMo])
@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.what)
def test_plain_values_are_no_members(family, value):
    for given in (value, {"name": value}):
        with pytest.raises(ConfigError, match=f"^{family.what} is .*; choose .*pass an object$"):
            family.make(given)


def test_strange_names_and_options_are_refused():
    with pytest.raises(ConfigError, match=r"^averaging 'median' is unknown; choose mean, "):
        RULES.make("median")
    with pytest.raises(ConfigError, match=r"^averaging slow-momentum has no option 'bet'; it has"):
        RULES.make({"name": "slow-momentum", "bet": 0.5})
    with pytest.raises(ConfigError, match=r"^averaging mean has no option 'beta'; it has none"):
        RULES.make({"name": "mean", "beta": 0.5})


def test_a_name_may_decide_options():
    assert LOSSES.make("squared_hinge") == Hinge(squared=True)
    assert SCHEDULE.make({"name": "step", "every": 3}) == Schedule("step", every=3)
    assert SCHEDULE.name_of(Schedule("cosine", warmup=1)) == "cosine"
    with pytest.raises(ConfigError, match="has no option 'kind'"):
        SCHEDULE.make({"name": "step", "kind": "cosine"})


def test_what_has_no_name_cannot_be_written():
    class Strange:
        pass

    with pytest.raises(ConfigError, match="loss Strange has no name; it cannot be written"):
        LOSSES.name_of(Strange())
    assert CustomLoss not in LOSSES.members.values()


def test_one_new_file_in_the_package_is_a_new_member(tmp_path):
    package = tmp_path / "rules"
    package.mkdir()
    (package / "__init__.py").write_text(textwrap.dedent("""
        from fastavg.options import Family
        RULES = Family("rule", "rules")
    """))
    (package / "fresh.py").write_text(textwrap.dedent("""
        from dataclasses import dataclass
        from rules import RULES

        @RULES.member("fresh")
        @dataclass(frozen=True)
        class Fresh:
            beta: float = 0.5
    """))
    code = "from rules import RULES; print(*RULES.members, RULES.make('fresh'))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
        timeout=60,
    )
    assert done.stdout.strip() == "fresh Fresh(beta=0.5)"


def test_a_class_of_ones_own_joins_by_its_decorator():
    family = Family("rule")

    @family.member("mine")
    class Mine:
        pass

    assert isinstance(family.make("mine"), Mine)
