"""Gradient averaging by panels: neither blocks, processes nor ranks change a bit of a run."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import Diverged
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adam, Nadam
from fastavg.training.observers.history import History
from fastavg.training.programs import block_of_gradients
from tests.communicators.ranks import on_ranks
from tests.training.runs import fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(300)]

NETWORK = Network((300, 130, 3), "tanh")
BASE = small_plan(
    workers=4, epochs=2, average_every="3 steps", algorithm="gradient-averaging",
    solver=Adam(0.01),
)
PLANS = {
    "adam": BASE,
    "momentum": replace(BASE, solver=SGD(0.1), workers=2),
    "nadam in float64": replace(BASE, solver=Nadam(0.01), dtype="float64", workers=5),
    "reset": replace(BASE, solver_state="reset", average_every=0.5),
}


@pytest.mark.parametrize("name", PLANS)
def test_lengths_and_processes_change_no_bit(name):
    plan, one = PLANS[name], History()
    expected = fingerprint(run(plan, NETWORK, observers=[one], block_seconds=0))
    for processes, seconds in ((1, 10.0), (2, 0), (3, 10.0)):
        heard = History()
        found = run(plan, NETWORK, processes=processes, observers=[heard], block_seconds=seconds)
        assert fingerprint(found) == expected
        assert heard.losses == one.losses


@pytest.mark.parametrize("name", PLANS)
def test_ranks_change_no_bit(name):
    alone = fingerprint(run(PLANS[name], NETWORK, weighted=True))
    found = on_ranks(2, lambda ranks: fingerprint(
        run(PLANS[name], NETWORK, weighted=True, communicator=ranks)
    ))
    assert list(found) == [alone] * 2


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_workers_together_are_one_with_the_whole_batch(dtype):
    plan = replace(BASE, dtype=dtype, solver=SGD(0.05), batch_size=4)
    found = run(plan, NETWORK)
    alone = run(replace(plan, algorithm="local-sgd", workers=1, batch_size=16), NETWORK)
    tolerance = 1e-4 if dtype == "float32" else 1e-9
    np.testing.assert_allclose(found, alone, rtol=tolerance, atol=tolerance)


def test_a_long_round_is_cut_into_calls_without_a_trace(monkeypatch):
    plan, whole, cut = replace(BASE, average_every=2), History(), History()
    expected = run(plan, NETWORK, observers=[whole])
    monkeypatch.setattr(block_of_gradients, "FLOPS_PER_CALL", 1)
    found = run(plan, NETWORK, observers=[cut])
    assert fingerprint(found) == fingerprint(expected)
    np.testing.assert_allclose(cut.losses, whole.losses, rtol=1e-12)


def test_weights_that_are_not_finite_end_the_run_in_their_round():
    plan = replace(BASE, average_every="1 step", solver=SGD(1e30))
    found = []
    for seconds in (0, 10.0):
        with np.errstate(all="ignore"), pytest.raises(Diverged) as seen:
            run(plan, NETWORK, block_seconds=seconds)
        assert np.isfinite(seen.value.weights).all()
        found.append((seen.value.round, fingerprint(seen.value.weights)))
    assert found[0] == found[1]


def test_changing_over_to_weights_later_has_the_same_bits_on_processes():
    plan = replace(BASE, algorithm={"name": "post-local-sgd", "change": 1})
    expected = fingerprint(run(plan, NETWORK))
    assert fingerprint(run(plan, NETWORK, processes=2)) == expected
