"""The periods that ``auto`` stands for; those of ``fastavg train`` are in test_resolve."""

from __future__ import annotations

import math

import pytest

from fastavg.averaging import SlowMo
from fastavg.data.sampling import Sampler
from fastavg.plan.algorithm import ALGORITHMS, local_sgd
from fastavg.plan.default_period import part_of_epoch_for, period_for
from fastavg.plan.plan import Plan
from fastavg.solvers import Adam, ConjugateGradient

EIGHT = {"workers": 8, "batch_size": 25, "algorithm": local_sgd(), "solver": "adam"}


@pytest.mark.parametrize("n_rows", [150, 801, 1797, 5000, 60_000, 1_000_003, 20_000_000])
@pytest.mark.parametrize("batch_size", [2, 25])
def test_epochs_end_with_an_average_after_about_four_steps(n_rows, batch_size):
    every = part_of_epoch_for({}, {**EIGHT, "batch_size": batch_size}, n_rows)
    plan = Plan(workers=8, batch_size=batch_size, average_every=every, epochs=200)
    sampler = Sampler(n_rows, 8, batch_size)
    rounds, steps = plan.rounds_per_epoch, sampler.steps_per_epoch
    assert rounds == min(1000, math.ceil(steps / 4))
    bounds = plan.bounds(sampler, 0, 2 * rounds)
    assert [bounds[rounds], bounds[-1]] == [steps, 2 * steps]
    taken = bounds[1:] - bounds[:-1]
    assert (taken >= 1).all()
    assert taken.max() - taken.min() <= 1
    assert taken.max() <= max(4, math.ceil(steps / 1000))
    assert plan.rounds_of(sampler) == 200 * rounds
    assert plan.epochs_after(7 * rounds, sampler) == pytest.approx(7, abs=1e-12)


@pytest.mark.parametrize(("given", "more"), [
    ({}, {"workers": 1}), ({}, {"batch_size": 0}), ({}, {"solver": "cg"}),
    ({}, {"solver": ConjugateGradient()}), ({}, {"solver": "magic"}), ({}, {"workers": "many"}),
    ({}, {"algorithm": ALGORITHMS.make("gradient-averaging")}),
    ({"averaging": SlowMo()}, {}), ({"period": "by-loss"}, {}), ({"solver_state": "reset"}, {}),
    ({"sampling": "resample"}, {}), ({"augment": "digits"}, {}),
])
def test_what_was_not_measured_with_averages_after_a_few_steps_has_few(given, more):
    config = {**EIGHT, **more}
    assert part_of_epoch_for(given, config, 60_000) == 1
    assert period_for(given, config, 60_000) == 0.25


def test_an_optimizer_is_one_by_name_and_as_an_object():
    objects = {**EIGHT, "solver": Adam(0.01)}
    assert part_of_epoch_for({}, objects, 60_000) == part_of_epoch_for({}, EIGHT, 60_000) == 1 / 75
    assert period_for({}, objects, 60_000) == "4 steps"
