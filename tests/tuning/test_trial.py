"""One trial is a function of the seed, its number and the trials before it."""

from __future__ import annotations

import math

import pytest

from fastavg.errors import Diverged
from fastavg.tuning.trial import DIVERGED, FINISHED, PRUNED, STARTS, outcome_of, run_trial
from tests.tuning.made import Known

optuna = pytest.importorskip("optuna")


def never():
    return False


def trials(count, seed=0):
    made = []
    for number in range(count):
        made.append(run_trial(Known(), Known().space(), seed, number, made, never)[0])
    return made


def test_the_same_arguments_make_the_same_trial():
    before = trials(STARTS + 4)
    one, other = (
        run_trial(Known(), Known().space(), 0, len(before), before, never) for _ in range(2)
    )
    assert one[0].params == other[0].params
    assert one[0].value == other[0].value
    assert trials(3, seed=1)[1].params != before[1].params
    # The first one has the usual options.
    assert before[0].params["regularization.l2"] == 0.9


def test_a_trial_that_is_worse_than_the_median_is_pruned():
    states = [outcome_of(1, each, Known().space()).state for each in trials(STARTS + 8)]
    assert set(states[:STARTS]) == {FINISHED}
    assert PRUNED in states[STARTS:]


def test_a_trial_that_diverges_has_no_score():
    class Wild(Known):
        def score(self, config, tell):
            raise Diverged(0, 0)

    trial, seconds = run_trial(Wild(), Wild().space(), 0, 0, [], never)
    made = outcome_of(1, trial, Wild().space(), seconds)
    assert (made.state, made.seconds) == (DIVERGED, seconds)
    assert math.isnan(made.score)


def test_a_trial_that_is_over_is_given_up():
    trainer = Known()
    assert run_trial(trainer, trainer.space(), 0, 0, [], lambda: True) is None
    assert len(trainer.tried) == 1
