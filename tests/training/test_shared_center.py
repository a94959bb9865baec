"""A center in shared memory: views that do not overlap, and weights in and out."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import FedAdam
from fastavg.training.shared_center import BEGUN, LOST, PUSHED, SharedCenter, shared_bytes
from tests.training.runs import NETWORK, small_plan


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_weights_and_rule_come_out_as_they_went_in(dtype):
    plan = small_plan(dtype=dtype, averaging=FedAdam())
    memory = np.zeros(shared_bytes(NETWORK, plan, 3), np.uint8)
    shared, other = (SharedCenter(memory, NETWORK, plan, 3) for _ in range(2))
    given = np.random.default_rng(0).normal(size=(3, NETWORK.n_weights)).astype(dtype)
    shared.put(given[0], given[1:])
    shared.version, shared.stopped = 7, True
    for worker in range(3):
        shared.progress(worker)[[BEGUN, PUSHED, LOST]] = worker, 1, 2
        shared.figures[worker] = worker
    found = np.zeros_like(given)
    other.copy_to(found[0], found[1:])
    assert (found == given).all()
    assert (other.version, other.stopped) == (7, True)
    assert [int(other.progress(worker)[BEGUN]) for worker in range(3)] == [0, 1, 2]
    assert (other.figures[2] == 2).all()
