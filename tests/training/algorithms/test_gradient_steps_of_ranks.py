"""Gradient averaging between ranks has the bits of one host's blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.errors import ConfigError
from fastavg.solvers import SGD, Adagrad, Adam, Regularization
from tests.communicators.ranks import on_ranks
from tests.training.runs import fingerprint, run, small_plan

pytestmark = pytest.mark.timeout(60)
BASE = small_plan(
    workers=5, epochs=2, average_every="3 steps", algorithm="gradient-averaging",
    solver=Adam(0.01),
)


@pytest.mark.parametrize("plan", [
    BASE, replace(BASE, solver=SGD(0.1, nesterov=True), dtype="float64"),
    replace(BASE, solver=Adagrad(0.05), solver_state="reset"),
], ids=["adam", "nesterov", "adagrad reset"])
@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_change_no_bit(plan, ranks):
    alone, found = fingerprint(run(plan, weighted=True)), {}

    def rank(communicator):
        found[communicator.rank] = fingerprint(
            run(plan, weighted=True, communicator=communicator)
        )

    on_ranks(ranks, rank)
    assert list(found.values()) == [alone] * ranks


def test_limits_need_a_single_host():
    plan = replace(BASE, regularization=Regularization(clip_norm=1.0))

    def rank(communicator):
        with pytest.raises(ConfigError, match="on a single host"):
            run(plan, communicator=communicator)

    on_ranks(2, rank)
