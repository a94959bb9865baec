"""Learning-rate schedules."""

import math
from itertools import pairwise

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.solvers import Adam, Schedule
from fastavg.solvers.schedules import SCHEDULES
from tests.training.runs import run, small_plan


def test_constant_is_one():
    assert Schedule().factors(3, 8, 100, 32).tolist() == [1.0] * 5


def test_cosine_goes_from_one_towards_zero():
    factors = Schedule("cosine").factors(0, 100, 100, 32)
    assert factors[0] == 1
    assert factors[50] == pytest.approx(0.5)
    assert factors[99] == pytest.approx(0.5 * (1 + math.cos(math.pi * 0.99)))
    assert (np.diff(factors) < 0).all()


def test_coslog4_has_four_waves_each_twice_as_long_as_the_one_before():
    factors = Schedule("coslog4").factors(0, 1500, 1500, 32)
    ends = [0, 100, 300, 700]
    assert factors[ends] == pytest.approx([0] * 4, abs=1e-12)
    assert factors[-1] < 1e-4
    tops = [round(1500 * (2**wave - 1) / 15) for wave in (0.5, 1.5, 2.5, 3.5)]
    assert factors[tops] == pytest.approx([1] * 4, abs=1e-3)
    assert [factors[low:high].argmax() + low for low, high in pairwise([*ends, 1500])] == tops


def test_invscaling_counts_rows_as_scikit_learn_does():
    factors = Schedule("invscaling", power=0.5).factors(0, 3, 100, 32)
    assert factors == pytest.approx([1, 33**-0.5, 65**-0.5])


@pytest.mark.parametrize("kind", ["constant", "cosine", "coslog4", "invscaling"])
def test_factors_do_not_depend_on_where_rounds_begin(kind):
    schedule = Schedule(kind)
    whole = schedule.factors(0, 20, 20, 8)
    parts = [schedule.factors(first, first + 5, 20, 8) for first in range(0, 20, 5)]
    assert (np.concatenate(parts) == whole).all()
    assert schedule.factors(4, 4, 20, 8).size == 0


def test_unknown_schedules_are_refused():
    with pytest.raises(ConfigError, match="schedule 'steps' is unknown; choose constant, cosine"):
        Schedule("steps")


def test_step_falls_every_so_many_epochs():
    factors = Schedule("step", every=2, factor=0.5).factors(0, 12, 12, 8, steps_per_epoch=2)
    assert factors.tolist() == [1] * 4 + [0.5] * 4 + [0.25] * 4


def test_one_cycle_rises_to_one_and_falls():
    factors = Schedule("one_cycle").factors(0, 1001, 1001, 8)
    assert factors[[0, 300, 1000]] == pytest.approx([1 / 25, 1, 1 / 25e4])
    assert (np.diff(factors[:300]) > 0).all()
    assert (np.diff(factors[300:]) < 0).all()


@pytest.mark.parametrize("kind", SCHEDULES)
def test_a_warm_up_rises_to_where_the_schedule_begins(kind):
    schedule = Schedule(kind, warmup=2)
    plain = Schedule(kind).factors(0, 90, 90, 8, 5)
    factors = schedule.factors(0, 100, 100, 8, 5)
    assert factors[10:] == pytest.approx(plain)
    assert factors[:10] == pytest.approx(plain[0] * np.arange(1, 11) / 10)
    assert schedule.factors(4, 17, 100, 8, 5) == pytest.approx(factors[4:17])


@pytest.mark.parametrize("name", ["power", "every", "factor", "warmup", "patience", "tol", "least"])
def test_impossible_numbers_are_refused(name):
    with pytest.raises(ConfigError, match=f"{name} is -1; it must be"):
        Schedule("step", **{name: -1})


def test_warm_up_and_one_cycle_train():
    for schedule in (Schedule("one_cycle"), Schedule("step", every=1, warmup=0.5)):
        assert np.isfinite(run(small_plan(solver=Adam(0.01, schedule)))).all()


def test_a_warm_up_may_be_given_in_steps_and_rounds():
    assert Schedule(warmup="6 steps").warm_steps(100, 7) == 6
    assert Schedule(warmup="6 steps").warm_steps(4, 7) == 4
    by_steps = small_plan(workers=2, average_every="3 steps", solver=Adam(
        schedule=Schedule(warmup="2 rounds")
    ))
    assert by_steps.solver.schedule.warmup == "6 steps"
    by_epochs = small_plan(average_every=0.25, solver=Adam(schedule=Schedule(warmup="2 rounds")))
    assert by_epochs.solver.schedule.warmup == 0.5
    # A warm-up of 6 steps is one of 6 / 13 epochs: the same bits.
    epochs = small_plan(workers=2, average_every="3 steps", solver=Adam(
        schedule=Schedule(warmup=6 / 13)
    ))
    assert (run(by_steps) == run(epochs)).all()
    for wrong in ("6", "-1 steps", "6 epochs", -1):
        with pytest.raises(ConfigError, match=r"warmup is .*; it must be a number of at least 0"):
            Schedule(warmup=wrong)
