"""Algorithms are one registry: names, options and refusals come from where they live."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.kernels.warm_up import warm_up
from fastavg.plan.algorithm import ALGORITHMS, local_sgd
from fastavg.plan.configuration import configuration
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.contract import Algorithm


def test_a_plan_averages_models_unless_it_names_another():
    assert next(iter(ALGORITHMS.members)) == "local-sgd"
    assert Plan().algorithm == local_sgd() == Plan(algorithm="local-sgd").algorithm
    assert Plan(algorithm="lbfgs").algorithm != local_sgd()


@pytest.mark.parametrize("name", ALGORITHMS.members)
def test_every_member_is_an_algorithm_that_a_configuration_can_name(name):
    made = ALGORITHMS.make(name)
    assert isinstance(made, Algorithm)
    assert configuration(Plan(algorithm=made))["algorithm"]["name"] == name
    assert Plan(algorithm=configuration(Plan(algorithm=made))["algorithm"]).algorithm == made
    for part in made.kernels:
        warm_up("float64", part)


def test_an_option_that_it_does_not_have_is_refused():
    with pytest.raises(ConfigError, match="algorithm local-sgd has no option 'colour'"):
        Plan(algorithm={"colour": "red"})
