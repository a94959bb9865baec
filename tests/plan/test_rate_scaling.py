"""The rate for K workers, as a factor and in a run."""

from __future__ import annotations

import pytest

from fastavg import SGD, Plan
from fastavg.errors import ConfigError
from fastavg.plan.rate_scaling import rate_factor
from fastavg.plan.resolve import Facts, resolve
from tests.training.runs import fingerprint, run, small_plan


@pytest.mark.parametrize(("scaling", "factor"), [
    ("none", 1), ("sqrt", 3), ("linear", 9), (0, 1), (1.5, 27), (-0.5, 1 / 3),
])
def test_factors(scaling, factor):
    assert rate_factor(scaling, 9) == pytest.approx(factor)
    assert rate_factor(scaling, 1) == 1


@pytest.mark.parametrize("algorithm", ["local-sgd", "gradient-averaging"])
def test_a_factor_is_a_larger_rate(algorithm):
    plan = {"workers": 4, "algorithm": algorithm}
    scaled = small_plan(**plan, solver=SGD(0.05), rate_scaling="sqrt")
    assert fingerprint(run(scaled)) == fingerprint(run(small_plan(**plan, solver=SGD(0.1))))


def test_a_rate_that_is_chosen_is_one_workers_where_the_plan_scales_it():
    facts = Facts(50_000, 400, 10, "class", cpus=4)
    given = {"rate_scaling": "linear", "workers": 4}
    assert resolve(given, facts, "shell").plan.solver.learning_rate == 1.6e-3
    assert resolve({"workers": 4}, facts, "shell").plan.solver.learning_rate == 3.2e-3


def test_what_cannot_be_is_refused():
    with pytest.raises(ConfigError, match="rate_scaling 'cubic' is unknown; choose none, sqrt"):
        Plan(rate_scaling="cubic")
    with pytest.raises(ConfigError, match="rate_scaling goes with optimizers such as SGD"):
        Plan(rate_scaling="sqrt", solver="cg", batch_size=0)
