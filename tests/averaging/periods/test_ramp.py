"""The period grows along a line."""

from __future__ import annotations

from fastavg.averaging.periods import Progress, RampedPeriod


def rounds(ramp, per_epoch, first, total):
    """The steps of every round up to a step."""
    step, found = 0, []
    while step < total:
        period, count = ramp.next(Progress(step, per_epoch, first, found[-1] if found else 0))
        found += [period] * count
        step += period * count
    return found


def test_it_goes_from_the_first_period_to_the_plans():
    found = rounds(RampedPeriod(1, 2), 50, 10, 300)
    assert found[0] == 1
    assert found == sorted(found)
    assert set(found) == set(range(1, 11))
    # The ramp is over after two epochs, give or take a round.
    assert 100 <= sum(each for each in found if each < 10) <= 110


def test_it_may_fall():
    found = rounds(RampedPeriod(20, 1), 50, 5, 100)
    assert found[0] == 20
    assert found[-1] == 5
    assert found == sorted(found, reverse=True)
