"""A worker and its center: fetch, push and draw, as their papers write them."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import FedAdagrad, Mean
from fastavg.networks.workspace import wide_size
from fastavg.training.replica import Replica
from fastavg.training.shared_center import SharedCenter, shared_bytes
from tests.training.runs import NETWORK, small_plan

SIZE = wide_size(NETWORK)


def center_of(rule):
    plan = small_plan(dtype="float64", averaging=rule)
    shared = SharedCenter(
        np.zeros(shared_bytes(NETWORK, plan, 1), np.uint8), NETWORK, plan, 1
    )
    shared.center[:] = np.random.default_rng(0).normal(size=SIZE)
    return shared


def replica_of(shared, rule):
    replica = Replica(np.zeros(SIZE), shared, rule)
    replica.begin()
    return replica


def move(replica, seed):
    change = np.random.default_rng(seed).normal(size=SIZE)
    replica.theta += change
    replica.trained()
    return change


def test_a_push_that_is_alone_leaves_the_workers_weights_bit_for_bit():
    shared = center_of(Mean())
    replica = replica_of(shared, Mean())
    for seed in range(3):
        move(replica, seed)
        replica.push()
        assert (shared.center == replica.theta).all()
        if seed == 1:
            replica.fetch()


def test_changes_of_two_workers_add_up_and_are_late():
    shared = center_of(Mean())
    start = shared.center.copy()
    one, two = replica_of(shared, Mean()), replica_of(shared, Mean())
    a, b = move(one, 1), move(two, 2)
    one.push()
    two.push()
    assert (one.staleness, two.staleness, shared.version) == (0, 1, 2)
    np.testing.assert_allclose(shared.center, start + a + b, rtol=1e-12)
    c = move(one, 3)
    one.push(scale=0.5, by_staleness=True)
    np.testing.assert_allclose(shared.center, start + a + b + c / 4, rtol=1e-12)


@pytest.mark.parametrize("rule", [Mean(), FedAdagrad(0.1)])
@pytest.mark.parametrize("scale", [1.0, 0.5])
@pytest.mark.parametrize("by_staleness", [False, True])
def test_at_once_is_one_after_the_other(rule, scale, by_staleness):
    found = []
    for at_once in (False, True):
        shared = center_of(rule)
        one, two = replica_of(shared, rule), replica_of(shared, rule)
        for seed, replica in enumerate((one, one, two, one, two, two)):
            move(replica, seed)
            if seed == 3:
                # A change that waits from before the fetch is pushed with the later one.
                replica.fetch()
                move(replica, 9)
            if at_once:
                replica.push_and_fetch(scale, by_staleness)
            else:
                replica.push(scale, by_staleness)
                replica.fetch()
            assert (replica.theta == shared.center).all()
        found.append((shared.center.copy(), shared.version, one.staleness, two.staleness))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    assert found[0][1:] == found[1][1:]


def test_a_fetch_between_pushes_keeps_the_change():
    shared = center_of(Mean())
    start = shared.center.copy()
    replica = replica_of(shared, Mean())
    a = move(replica, 1)
    replica.fetch()
    assert (replica.theta == start).all()
    b = move(replica, 2)
    replica.push()
    np.testing.assert_allclose(shared.center, start + a + b, rtol=1e-12)
    move(replica, 3)
    replica.begin()
    replica.push()
    np.testing.assert_allclose(shared.center, start + a + b, rtol=1e-12)


def test_a_rule_takes_the_change_in():
    rule = FedAdagrad(rate=0.5, epsilon=1e-9)
    shared = center_of(rule)
    start = shared.center.copy()
    replica = replica_of(shared, rule)
    change = move(replica, 1)
    replica.push()
    np.testing.assert_allclose(shared.center, start + 0.5 * np.sign(change), rtol=1e-6)


@pytest.mark.parametrize("alpha", [0.25, 0.5])
def test_worker_and_center_draw_each_other(alpha):
    shared = center_of(Mean())
    start = shared.center.copy()
    replica = replica_of(shared, Mean())
    change = move(replica, 1)
    replica.draw(alpha)
    np.testing.assert_allclose(shared.center, start + alpha * change, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(
        replica.theta, start + (1 - alpha) * change, rtol=1e-9, atol=1e-12
    )
