"""Options of the network's inner layers and of the data."""

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.inputs import DataOptions, NetworkOptions, whole_numbers


@pytest.mark.parametrize(("given", "numbers"), [
    ("256,128", (256, 128)), ("25", (25,)), ("", ()), ([3, 4], (3, 4)), (7, (7,)), ((), ()),
    ("1, 2", (1, 2)),
])
def test_whole_numbers(given, numbers):
    assert whole_numbers("hidden", given) == numbers


@pytest.mark.parametrize("given", ["a,b", "2.5", [2.5], None, ["x"], 0.5])
def test_other_things_are_refused(given):
    with pytest.raises(ConfigError, match=r"hidden is .*; it must be whole numbers such as"):
        whole_numbers("hidden", given)


def test_activations_are_one_or_one_for_each_layer():
    assert NetworkOptions(activation="gelu, relu").activation == ("gelu", "relu")
    assert NetworkOptions(activation=["gelu"]).activation == "gelu"


@pytest.mark.parametrize(("changes", "words"), [
    ({"kind": "x"}, "kind 'x' is unknown; choose auto, class, number"),
    ({"scale": "log"}, "scale 'log' is unknown"),
    ({"test_size": 1}, "test_size is 1; it must be at least 0 and below 1"),
    ({"read_by": "all"}, "read_by 'all' is unknown; choose each, root"),
    ({"class_weight": "heavy"}, "class_weight is 'heavy'; it must be one of balanced, or None"),
])
def test_impossible_data_options_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        DataOptions(**changes)
