"""Blocks of gradient averaging: neither their length nor the processes change a bit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.data.sampling_schemes import Resample
from fastavg.errors import Diverged
from fastavg.solvers import SGD, Adam, Nadam, Regularization, Schedule
from fastavg.training.observers.history import History
from fastavg.training.programs import block_of_gradients
from tests.training.runs import fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(120)]

BASE = small_plan(epochs=4, average_every=0.5, algorithm="gradient-averaging", solver=Adam(0.01))
PLANS = {
    "adam": BASE,
    "steps": replace(BASE, average_every="3 steps"),
    "nadam in float64": replace(BASE, solver=Nadam(0.01), dtype="float64"),
    "reset": replace(BASE, solver_state="reset"),
    "cosine": replace(BASE, solver=SGD(0.1, Schedule("cosine"))),
    "resample": replace(BASE, sampling=Resample(0.4)),
    "regular": replace(BASE, regularization=Regularization(
        l1=1e-3, dropout=0.2, clip_norm=0.5, max_norm=1.0
    )),
}


@pytest.mark.parametrize("name", PLANS)
def test_lengths_and_processes_change_no_bit(name):
    plan, one = PLANS[name], History()
    expected = fingerprint(run(plan, observers=[one], block_seconds=0))
    shared = ((3, 10.0), (2, 0)) if name in ("steps", "regular") else ()
    for processes, seconds in ((1, 10.0), *shared):
        heard = History()
        found = run(plan, processes=processes, observers=[heard], block_seconds=seconds)
        assert fingerprint(found) == expected
        assert heard.losses == one.losses


def test_a_long_round_is_cut_into_calls_without_a_trace(monkeypatch):
    plan, whole, cut = replace(BASE, average_every=4), History(), History()
    expected = run(plan, observers=[whole])
    monkeypatch.setattr(block_of_gradients, "FLOPS_PER_CALL", 1)
    found = run(plan, observers=[cut])
    assert fingerprint(found) == fingerprint(expected)
    np.testing.assert_allclose(cut.losses, whole.losses, rtol=1e-12)
    assert [each.rows for each in cut.records] == [each.rows for each in whole.records]


def test_weights_that_are_not_finite_end_the_run_in_their_round():
    plan = replace(BASE, average_every="1 step", solver=SGD(1e30))
    found = []
    for seconds in (0, 10.0):
        with np.errstate(all="ignore"), pytest.raises(Diverged) as seen:
            run(plan, block_seconds=seconds)
        assert np.isfinite(seen.value.weights).all()
        found.append((seen.value.round, fingerprint(seen.value.weights)))
    assert found[0] == found[1]
