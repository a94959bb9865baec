"""Gradient averaging: one descent on the mean of the workers' gradients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.rows import Rows
from fastavg.datasets import load_digits5k
from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.plan.profiles import paper
from fastavg.solvers import (
    SGD,
    Adagrad,
    Adam,
    AdamW,
    Nadam,
    Regularization,
    RMSProp,
    Schedule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from fastavg.solvers.schedule_free import ScheduleFree
from tests.communicators.ranks import on_ranks
from tests.kernels.network.test_full_batch import oracle
from tests.solvers.reference import reference_descend
from tests.training.runs import run, train_rounds

NETWORK = Network((400, 5, 10), "logistic", "logistic")


@pytest.fixture(scope="module")
def data():
    X, y = load_digits5k()
    rows = slice(None, None, 50)
    return Rows(
        X[rows].astype("f8"), y[rows].astype("f8").reshape(-1, 1), np.zeros(0)
    )


def make(workers, epochs=5):
    plan = paper(workers=workers, epochs=epochs, seed=2, regularization=Regularization(0.1)).plan
    return plan, NETWORK.initial_weights(2, "glorot", "float64")


def averaged(plan, rows, start, processes=1):
    return train_rounds(
        NETWORK, replace(plan, algorithm="gradient-averaging"), rows, start, processes
    )


def test_one_descent_follows_the_mean_derivative(data):
    plan, start = make(3)
    sampler = plan.sampler(len(data.X), data.Y)
    samples = [sampler.batches(worker, 0, 0, 5) for worker in range(3)]
    rows = [batches.order[: batches.steps[0, 1]] for batches in samples]
    one_hot = np.eye(10)[data.Y[:, 0].astype(int)]

    def mean(weights):
        parts = [
            oracle(
                NETWORK, weights, data.X[each], one_hot[each], np.ones(len(each)),
                plan.regularization.l2,
            )
            for each in rows
        ]
        return np.mean([value for value, _ in parts]), np.mean([g for _, g in parts], axis=0)

    expected, _, _ = reference_descend(mean, start, 5)
    found = averaged(plan, data, start)
    np.testing.assert_allclose(found, expected, rtol=1e-7, atol=1e-9)


def test_one_worker_alone_is_the_sequential_run(data):
    plan, start = make(1, epochs=10)
    np.testing.assert_allclose(
        averaged(plan, data, start),
        train_rounds(NETWORK, plan, data, start), rtol=1e-8, atol=1e-10,
    )


def test_processes_do_not_change_a_bit(data, nothing_left):
    plan, start = make(3)
    one, two = (averaged(plan, data, start, n) for n in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_another_solver_is_refused(data):
    plan, start = make(2)
    with pytest.raises(ConfigError, match="solver is BacktrackingSGD; gradient-averaging"):
        averaged(replace(plan, solver="line-search"), data, start)


SOLVERS = [
    SGD(0.05, momentum=0), SGD(0.05), SGD(0.05, nesterov=True), Adam(0.01), AdamW(0.01),
    RMSProp(0.01), RMSProp(0.01, momentum=0.5), Adagrad(0.05), Nadam(0.01),
    ScheduleFreeSGD(0.1), ScheduleFreeAdamW(0.01, Schedule(warmup=1)),
]


@pytest.mark.parametrize("solver", SOLVERS, ids=repr)
@pytest.mark.parametrize("state", ["average", "reset"])
def test_workers_together_are_one_with_the_whole_batch(solver, state, nothing_left):
    if isinstance(solver, ScheduleFree):
        state = "average"
    plan = Plan(
        workers=4, epochs=3, average_every=0.5, batch_size=4, solver=solver, dtype="float64",
        regularization=Regularization(0.3), seed=1, solver_state=state,
    )
    alone = replace(plan, workers=1, batch_size=16)
    together = replace(plan, algorithm="gradient-averaging")
    found = run(together)
    np.testing.assert_allclose(found, run(alone), rtol=1e-9, atol=1e-12)
    assert run(together, processes=2).tobytes() == found.tobytes()


@pytest.mark.parametrize("regularization", [
    Regularization(l1=0.1), Regularization(clip_norm=0.2), Regularization(clip_value=0.01),
    Regularization(max_norm=0.5),
], ids=repr)
def test_limits_are_those_of_the_whole_batch(regularization):
    plan = Plan(
        workers=4, epochs=2, average_every="2 steps", batch_size=4, solver=SGD(0.1),
        dtype="float64", regularization=regularization, seed=1,
    )
    found = run(replace(plan, algorithm="gradient-averaging"))
    np.testing.assert_allclose(
        found, run(replace(plan, workers=1, batch_size=16)), rtol=1e-9, atol=1e-12
    )


def test_ranks_do_not_change_a_bit(data):
    plan = Plan(workers=4, epochs=1, batch_size=8, algorithm="gradient-averaging", dtype="float64")
    start, found = NETWORK.initial_weights(2, "glorot", "float64"), {}

    def rank(communicator):
        found[communicator.rank] = train_rounds(
            NETWORK, plan, data, start, communicator=communicator
        ).tobytes()

    on_ranks(3, rank)
    alone = train_rounds(NETWORK, plan, data, start).tobytes()
    assert [found[rank] for rank in range(3)] == [alone] * 3


def test_deformed_rows_have_the_same_bits_on_ranks_and_processes(data):
    plan = Plan(
        workers=3, epochs=2, batch_size=8, algorithm="gradient-averaging", dtype="float64",
        augment="digits",
    )
    start = NETWORK.initial_weights(2, "glorot", "float64")
    alone = train_rounds(NETWORK, plan, data, start)
    np.testing.assert_array_equal(train_rounds(NETWORK, plan, data, start, 2), alone)
    for found in on_ranks(
        2, lambda ranks: train_rounds(NETWORK, plan, data, start, communicator=ranks)
    ):
        np.testing.assert_array_equal(found, alone)
    plain = train_rounds(NETWORK, replace(plan, augment="none"), data, start)
    assert not np.array_equal(plain, alone)


def test_noise_of_no_size_changes_nothing(data):
    plan = Plan(workers=3, epochs=1, batch_size=8, algorithm="gradient-averaging", dtype="float64")
    start = NETWORK.initial_weights(2, "glorot", "float64")
    noise = replace(plan, augment={"name": "noise", "deviation": 0})
    np.testing.assert_array_equal(
        train_rounds(NETWORK, noise, data, start), train_rounds(NETWORK, plan, data, start)
    )


@pytest.mark.parametrize("change", [
    {"averaging": "slow-momentum"}, {"averaging": "easgd"}, {"loss_gap": 1.0},
])
def test_what_does_not_go_with_it_is_refused(data, change):
    plan = replace(Plan(workers=2), **change)
    with pytest.raises(ConfigError, match=r"gradient-averaging|local-sgd"):
        averaged(plan, data, NETWORK.initial_weights(2))
