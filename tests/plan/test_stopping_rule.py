"""What a stopping rule refuses."""

import math

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.stopping_rule import Stopping


@pytest.mark.parametrize(("changes", "words"), [
    ({"patience": 0}, r"patience is 0; it must be a whole number of at least 1, or infinity"),
    ({"patience": 2.5}, r"patience is 2\.5; it must"),
    ({"tol": -1}, r"tol is -1; it must be a number of at least 0"),
    ({"restore_best": "yes"}, r"restore_best is 'yes'; it must be 'auto', True or False"),
    ({"max_seconds": 0}, r"max_seconds is 0; it must be a number above 0, or None"),
    ({"validation_size": 1}, r"validation_size is 1; it must be at least 0 and below 1, or None"),
])
def test_impossible_values_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        Stopping(**changes)


def test_patience_may_be_infinite():
    assert Stopping(patience=math.inf).patience == math.inf


@pytest.mark.parametrize(("changes", "part"), [
    ({}, 0), ({"early": True}, 0.1), ({"validation_size": 0.3}, 0.3),
    ({"early": True, "validation_size": 0.2}, 0.2), ({"early": True, "validation_size": 0}, 0),
])
def test_rows_are_held_out_when_they_are_asked_for(changes, part):
    assert Stopping(**changes).held_out == part
