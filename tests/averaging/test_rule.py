"""What every rule has in common, the plain mean, and rules by name."""

import numpy as np
import pytest

from fastavg.averaging import RULES, rule
from fastavg.averaging.rule import Mean
from fastavg.errors import ConfigError
from tests import oracles


def test_mean_is_a_step_of_gradient_descent_with_rate_one():
    center, average = np.array([3.0, -1.0]), np.array([1.0, 5.0])
    expected = oracles.SGD(2).step(center, center - average, 1.0)
    Mean().step(center, average, np.zeros((0, 2)), 0)
    assert (average == expected).all()


@pytest.mark.parametrize("name", RULES.members)
def test_rule_finds_every_name_and_keeps_a_rule(name):
    found = rule(name)
    assert isinstance(found, RULES.members[name])
    assert rule(found) is found
    assert hash(found) == hash(rule(name))


def test_unknown_rules_are_refused():
    with pytest.raises(ConfigError, match="averaging 'median' is unknown; choose mean"):
        rule("median")


def test_a_rule_starts_workers_at_the_center_and_publishes_it():
    center, out = np.array([1.0, 2.0]), np.zeros(2)
    Mean().start(center, np.array([7.0, 7.0]), out)
    assert (out == center).all()
    assert Mean().published(center, np.zeros((0, 2))) is center
    assert (Mean().n_vectors, Mean().keeps_replicas) == (0, False)
