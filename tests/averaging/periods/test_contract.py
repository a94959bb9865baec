"""What all period controllers have in common, in one table."""

from __future__ import annotations

import math

import pytest

from fastavg import Plan
from fastavg.averaging.periods import (
    PERIODS,
    CostPeriod,
    FixedPeriod,
    ListedPeriods,
    LossPeriod,
    Progress,
    RampedPeriod,
    SpreadPeriod,
    Stretch,
)
from fastavg.errors import ConfigError

TABLE = [
    FixedPeriod(), LossPeriod(), LossPeriod(0.5, shrink=0.5), SpreadPeriod(), CostPeriod(),
    RampedPeriod(), RampedPeriod(8, 0.5), ListedPeriods(), ListedPeriods("3x2 7"),
]
ODD = (math.nan, 0.0, 1e-300, 1.0, math.inf)


def test_every_controller_is_in_the_table():
    assert {type(each) for each in TABLE} == set(PERIODS.members.values())


@pytest.mark.parametrize("controller", TABLE, ids=str)
@pytest.mark.parametrize("per_epoch", [1, 7, 100])
def test_whatever_is_measured_a_stretch_has_rounds_of_a_step_or_more(controller, per_epoch):
    for step in (0, 1, per_epoch - 1, per_epoch, 3 * per_epoch + 2):
        for odd in ODD:
            for last in (0, 1, 5):
                stretch = controller.next(Progress(
                    step, per_epoch, 5, last, loss=odd, first_loss=1.0, drift=odd,
                    averaging_seconds=odd, step_seconds=1.0,
                ))
                assert stretch.period >= 1
                assert stretch.rounds >= 1
                assert all(isinstance(each, int) for each in stretch)


@pytest.mark.parametrize("controller", TABLE, ids=str)
def test_a_controller_depends_on_what_it_is_told_alone(controller):
    progress = Progress(20, 10, 5, 5, 0.5, 1.0, 0.01, 1.0, 2.0)
    assert controller.next(progress) == controller.next(progress)
    assert controller.reproducible == (type(controller) is not CostPeriod)


def test_a_stretch_reaches_the_next_look():
    assert Progress(0, 10, 4).stretch(4, 1.0) == Stretch(4, 3)
    assert Progress(12, 10, 4).stretch(4, 1.0) == Stretch(4, 2)
    # No period is longer than what is left until then.
    assert Progress(12, 10, 4).stretch(100, 1.0) == Stretch(8, 1)
    assert Progress(12, 10, 4).stretch(0.2, 2.0) == Stretch(1, 8)


def test_plans_take_names_and_refuse_what_cannot_be():
    assert Plan(period="by-loss").period == LossPeriod()
    assert Plan(period={"name": "by-spread", "target": 0.5}).period == SpreadPeriod(target=0.5)
    assert not Plan().steered
    with pytest.raises(ConfigError, match="review is 0; it must be a positive number"):
        LossPeriod(review=0)
    with pytest.raises(ConfigError, match="period is by-loss; that goes with local-sgd"):
        Plan(period="by-loss", algorithm="gradient-averaging")
