"""Natural-gradient steps: Newton's on linear networks, and the same in any scale of the inputs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import ConfigError, Model, Network, Plan, Regularization, train
from fastavg.networks.custom import CustomActivation
from fastavg.solvers import SGD, NaturalGradient
from tests.communicators.ranks import on_ranks
from tests.training.runs import data_for, first_weights, train_rounds

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(400, 4)) @ RANDOM.normal(size=(4, 4)) + 3
NEWTON = NaturalGradient(
    1.0, momentum=0.0, damping=1e-8, largest_change=1e9, factor_rows=400, refresh=1
)


def test_a_step_on_a_linear_network_is_nearly_newtons():
    y = X @ np.array([1.0, -2, 0.5, 3]) + 7
    network = Network((4, 1), output="identity")
    plan = Plan(epochs=6, batch_size=400, solver=NEWTON, dtype="float64")
    # The errors of the Fisher matrix are drawn: it is off by some per cent.
    model = train(network, X, y, plan)
    assert model.loss(X, y) < 1e-6 * np.var(y)
    # A gradient step of any rate is far from it.
    rates = (1e-3, 1e-2, 1e-1)
    plain = min(
        train(network, X, y, replace(plan, solver=SGD(rate, momentum=0.0))).loss(X, y)
        if rate < 0.05 else np.inf for rate in rates
    )
    assert plain > 1e-3 * np.var(y)


def test_the_scale_of_the_inputs_hardly_matters():
    y, network = (X[:, 0] > X[:, 1]).astype(int), Network((4, 8, 2), "tanh")
    natural, plain = NaturalGradient(0.1, damping=1e-6), SGD(0.1)

    def score(solver, scale, seed=0):
        start = network.initial_weights(seed, "glorot", "float64")
        network.views(start)[0][0][:] /= scale
        plan = Plan(epochs=10, batch_size=50, dtype="float64", solver=solver, seed=seed)
        model = train(Model(network, start, np.array([0, 1])), X * scale, y, plan)
        return model.score(X * scale, y)

    # Steps that are too long end anywhere: of one start not even the last bits foretell where.
    first, scaled = ([score(plain, scale, seed) for seed in range(6)] for scale in (1.0, 30.0))
    assert min(first) > 0.95
    assert np.mean(scaled) < 0.85
    assert min(score(natural, 1.0), score(natural, 30.0)) > 0.95


@pytest.mark.parametrize("output", ["softmax", "logistic", "margin"])
def test_the_same_bits_on_processes_and_ranks(output):
    network = Network((5, 7, 3), "tanh", output)
    loss = {"name": "hinge"} if output == "margin" else None
    plan = Plan(
        workers=3, epochs=2, average_every=0.5, batch_size=8, loss=loss,
        solver=NaturalGradient(refresh=2, factor_rows=20),
    )
    rows, start = data_for(network, 60, "float32"), first_weights(network, plan)
    alone = train_rounds(network, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(network, plan, rows, start, 2), alone)
    for found in on_ranks(
        2, lambda each: train_rounds(network, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)


def test_a_step_is_not_longer_than_it_may_be():
    rows = data_for(Network((5, 3)), 40, "float64")
    starts = np.zeros(18)
    moved = [
        np.abs(train_rounds(Network((5, 3)), Plan(
            epochs=1, batch_size=40, dtype="float64", solver=NaturalGradient(
                1.0, momentum=0.0, largest_change=most
            ),
        ), rows, starts)).max() for most in (1e-6, 4e-6)
    ]
    assert moved[1] == pytest.approx(2 * moved[0], rel=1e-6)


def test_what_it_cannot_do_is_refused():
    with pytest.raises(ConfigError, match="schedule is plateau, which watches the loss"):
        NaturalGradient(schedule="plateau")
    with pytest.raises(ConfigError, match="dropout, l1, max_norm"):
        Plan(solver=NaturalGradient(), regularization=Regularization(dropout=0.5))
    with pytest.raises(ConfigError, match="augment goes with optimizers"):
        Plan(solver=NaturalGradient(), augment="noise")
    import numba

    own = CustomActivation(numba.njit(lambda z: z), numba.njit(lambda z: z * 0 + 1), name="mine")
    with pytest.raises(ConfigError, match="a user's own"):
        train(Network((4, 3, 2), (own,)), X, np.arange(400) % 2, Plan(solver=NaturalGradient()))
