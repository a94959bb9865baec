"""The constructors: derived from the options, documented, and as scikit-learn asks."""

from __future__ import annotations

import inspect
import math
import pickle
import re

import pytest
from sklearn.base import clone
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from fastavg import MLPClassifier, MLPRegressor, Schedule
from fastavg.errors import ConfigError
from fastavg.estimators.parameters import DECLARED, check_parameters
from fastavg.plan.surfaces import entries

KINDS = [MLPClassifier, MLPRegressor]


@pytest.mark.parametrize(("ours", "theirs"), [
    (MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor),
])
def test_the_signature_begins_as_scikit_learns(ours, theirs):
    mine, other = (inspect.signature(kind).parameters for kind in (ours, theirs))
    assert other.keys() <= mine.keys()
    for name in other:
        assert mine[name].default == other[name].default, name
        if mine[name].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
            assert list(mine).index(name) == list(other).index(name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_option_with_a_name_here_is_a_parameter_with_a_meaning(kind):
    names = inspect.signature(kind).parameters.keys()
    assert {entry.about.sklearn for entry in entries().values()} - {""} <= names
    documented = re.findall(r"^(\w+) : .*, default .*\n    \S", kind.__doc__, re.M)
    assert documented == list(names)
    for name in names:
        assert DECLARED[name].meaning.endswith("."), name


@pytest.mark.parametrize("kind", KINDS)
def test_parameters_are_kept_cloned_set_and_pickled(kind):
    rate = Schedule("step", every=3)
    model = kind((5,), "tanh") if kind is MLPClassifier else kind("huber", (5,), "tanh")
    model.set_params(learning_rate=rate, dropout=[0.1], workers=3)
    for other in (clone(model), pickle.loads(pickle.dumps(model))):
        assert other.get_params() == model.get_params()
    assert model.get_params()["learning_rate"] == rate
    assert model.hidden_layer_sizes == (5,)
    assert repr(kind(dropout=0.5)) == f"{kind.__name__}(dropout=0.5)"
    assert model.changed_parameters().keys() >= {"dropout", "workers", "learning_rate"}


@pytest.mark.parametrize("kind", KINDS)
def test_other_parameters_are_refused_as_in_any_constructor(kind):
    with pytest.raises(TypeError, match="unexpected keyword argument 'drop_out'"):
        kind(drop_out=0.5)
    with pytest.raises(TypeError, match="too many positional arguments"):
        kind(1, 2, 3, 4)


@pytest.mark.parametrize(("name", "value", "words"), [
    ("alpha", -1, "alpha is -1; it must be a number of at least 0"),
    ("workers", 0, "workers is 0; it must be a whole number of at least 1"),
    ("max_iter", 2.5, r"max_iter is 2\.5; it must be a whole number of at least 1"),
    ("learning_rate_init", 0, "learning_rate_init is 0; it must be a positive number"),
    ("n_iter_no_change", 0, "n_iter_no_change is 0; it must be a whole number of at least 1, or"),
    ("dropout", [0.1, 1], r"dropout is \[0\.1, 1\]; it must be at least 0 and below 1"),
    ("dtype", "float16", "dtype 'float16' is unknown; choose float32, float64"),
    ("restore_best", "x", "restore_best is 'x'; it must be 'auto', True or False"),
])
def test_values_are_refused_by_the_parameters_own_name(name, value, words):
    with pytest.raises(ConfigError, match=words):
        check_parameters(MLPClassifier(**{name: value}))


def test_defaults_and_other_spellings_of_them_pass():
    check_parameters(MLPClassifier())
    check_parameters(MLPRegressor(n_iter_no_change=math.inf, hidden_layer_sizes=[100]))
    assert MLPRegressor(hidden_layer_sizes=[100]).changed_parameters() == {}
