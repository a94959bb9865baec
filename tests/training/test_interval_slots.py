"""Two places for each worker: what is read and what is written are never the same."""

from __future__ import annotations

import numpy as np

from fastavg.networks.workspace import wide_size
from fastavg.training.interval_slots import IntervalSlots, interval_bytes
from tests.training.runs import NETWORK, small_plan


def test_places_change_over_and_do_not_overlap():
    plan = small_plan()
    memory = np.zeros(interval_bytes(NETWORK, plan, 3), np.uint8)
    slots = IntervalSlots(memory, NETWORK, plan, 3)
    shape = 1 + plan.solver.n_vectors, wide_size(NETWORK)
    for worker in range(3):
        slots.given(worker)[:], slots.left(worker)[:] = 10 + worker, 20 + worker
        assert slots.given(worker).shape == shape
    slots.places[1] ^= 1
    other = IntervalSlots(memory, NETWORK, plan, 3)
    assert [float(other.given(worker)[0, 0]) for worker in range(3)] == [10, 21, 12]
    assert (other.left(1) == 11).all()
