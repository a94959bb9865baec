"""Options to try: ranges, choices, and how they are read."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.tuning.space import Tried, among, around, batches, put_into, read_tried


def test_ranges_are_read():
    made = read_tried("solver.learning_rate = 1e-4..1e-1")
    assert (made.low, made.high, made.logarithmic, made.whole) == (1e-4, 1e-1, True, False)
    assert not read_tried("regularization.dropout=0..0.5").logarithmic
    assert read_tried("epochs=5..9").value(7.0) == 7.0


def test_choices_are_read_and_put_in_place():
    space = [read_tried("network.hidden=64|128,64|64"), read_tried("solver=adam|sgd")]
    assert space[0].choices == ("64", "128,64")
    made = put_into({"seed": 3}, space, {"network.hidden": "128,64", "solver": "sgd"})
    assert made == {"seed": 3, "network": {"hidden": [128, 64]}, "solver": {"name": "sgd"}}


@pytest.mark.parametrize(("text", "said"), [
    ("epochs", "must be NAME=LOW..HIGH"),
    ("epochs=3", "must be NAME=LOW..HIGH"),
    ("epochs=a..b", "must be NAME=LOW..HIGH"),
    ("epochs=9..3", "the first end must be below"),
    ("epohcs=1..3", "did you mean epochs"),
])
def test_what_is_neither_is_refused(text, said):
    with pytest.raises(ConfigError, match=said):
        read_tried(text)


def test_numbers_are_rounded():
    assert Tried("regularization.l2", 0.0, 1.0).value(0.123456) == 0.1235
    assert Tried("batch_size", 8, 64, whole=True).value(9) == 9


def test_the_first_value_is_always_among_them():
    assert around("regularization.dropout", 0.7, 0.0, 0.5).high == 0.7
    assert around("regularization.l2", 0.0, 1e-6, 1.0).first is None
    assert among("network.activation", "relu", "relu", "gelu").choices == ("relu", "gelu")
    assert batches(40, 200).choices == ("8", "200")
