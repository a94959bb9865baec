"""What every trainer keeps to: scores that do not change, an end when asked, runnable options."""

from __future__ import annotations

import math
import tomllib

import pytest

from fastavg.plan.configuration import written
from fastavg.tuning.space import put_into
from tests.tuning.made import of_table, plain

TRAINERS = {"plain": plain, "table": of_table}


@pytest.fixture(params=TRAINERS)
def trainer(request, tmp_path):
    return TRAINERS[request.param](tmp_path)


def first_of(trainer):
    space = [each for each in trainer.space() if each.first is not None]
    return put_into(trainer.given, space, {each.name: each.first for each in space})


def test_the_same_options_have_the_same_score(trainer):
    config, told = first_of(trainer), []
    score = trainer.score(config, lambda epoch, score: told.append((epoch, score)))
    assert math.isfinite(score)
    assert score == max(score for _, score in told)
    assert [epoch for epoch, _ in told] == sorted({epoch for epoch, _ in told})
    assert told[-1][0] <= trainer.epochs
    assert trainer.score(config, lambda epoch, score: False) == score


def test_a_trial_ends_when_it_is_asked_to(trainer):
    told = []
    trainer.score(first_of(trainer), lambda epoch, score: told.append(epoch) or epoch == 2)
    assert told == [1, 2]


def test_options_that_are_given_are_not_tried(trainer):
    names = {each.name for each in trainer.space()}
    assert {"solver.learning_rate", "regularization.l2", "batch_size"} <= names
    made = type(trainer)({**trainer.given, "batch_size": 16, "regularization": {"l2": 0.1}})
    assert names - {each.name for each in made.space()} >= {"regularization.l2", "batch_size"}


def test_effective_options_stand_for_themselves(trainer):
    found = trainer.effective(first_of(trainer))
    assert trainer.effective(found) == found
    assert isinstance(found["solver"]["learning_rate"], float)
    assert isinstance(found["batch_size"], int)
    assert tomllib.loads(written(found)) == found
