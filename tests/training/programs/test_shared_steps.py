"""Which workers of Hogwild read a copy of the weights."""

from __future__ import annotations

import pytest

from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adam, Regularization
from fastavg.training.algorithms.hogwild import Hogwild
from fastavg.training.programs.shared_steps import takes_shared_steps
from fastavg.training.run import Run
from tests.training.runs import data_for, first_weights, small_plan

NETWORK = Network((20, 16, 3), "relu", "softmax")


@pytest.mark.parametrize(("options", "wanted"), [
    ({}, True), ({"solver": Adam()}, True), ({"regularization": Regularization(l2=0.1)}, True),
    ({"regularization": Regularization(max_norm=1.0)}, False),
    ({"algorithm": Hogwild(asynchrony="simulated")}, False),
    ({"algorithm": "downpour"}, False), ({"algorithm": "local-sgd"}, False),
    ({"workers": 1}, False),
])
def test_only_the_loop_of_an_optimizer_may_change_the_weights(options, wanted):
    plan = small_plan(**{"workers": 2, "solver": SGD(), "algorithm": Hogwild(), **options})
    run = Run(NETWORK, plan, data_for(NETWORK, 50, plan.dtype), first_weights(NETWORK, plan))
    assert takes_shared_steps(run) == wanted
