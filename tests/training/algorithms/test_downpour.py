"""Downpour SGD: sequential where nobody else is, and the papers' scales of a change."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.solvers import SGD, Adam
from fastavg.training.algorithms.downpour import Downpour
from tests.training.runs import run, small_plan


@pytest.mark.parametrize("solver", [SGD(0.1, momentum=0.0), SGD(0.1), Adam()])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("asynchrony", ["real", "simulated"])
def test_one_worker_that_pushes_every_step_is_sequential_bit_for_bit(solver, dtype, asynchrony):
    plan = small_plan(workers=1, solver=solver, dtype=dtype)
    one = replace(plan, algorithm=Downpour(asynchrony=asynchrony))
    assert run(one).tobytes() == run(plan).tobytes()


def test_exchanges_are_at_multiples_of_their_periods():
    algorithm = Downpour(fetch=4, push=6)
    at, steps = 0, []
    while at < 12:
        at = algorithm.next_exchange(at)
        steps.append(at)
    assert steps == [4, 6, 8, 12]


class Noting:
    workers = 5

    def __init__(self):
        self.calls = []

    def push(self, scale, by_staleness):
        self.calls.append(("push", scale, by_staleness))

    def fetch(self):
        self.calls.append("fetch")

    def push_and_fetch(self, scale, by_staleness):
        self.calls.append(("both", scale, by_staleness))


@pytest.mark.parametrize(
    ("scale", "step", "last", "calls"),
    [
        ("none", 4, False, [("both", 1.0, False)]),
        ("steps", 4, False, [("both", 0.25, False)]),
        ("workers", 4, False, [("both", 0.2, False)]),
        ("staleness", 4, False, [("both", 1.0, True)]),
        ("steps", 6, True, [("push", 0.5, False)]),
        ("none", 6, False, ["fetch"]),
    ],
)
def test_what_an_exchange_is(scale, step, last, calls):
    replica = Noting()
    Downpour(fetch=2, push=4, scale=scale).exchange(replica, step, last)
    assert replica.calls == calls
