"""The center's buffers: every vector has its own bytes, and none is written while it is read."""

import numpy as np
import pytest

from fastavg.plan.plan import Plan
from fastavg.solvers import SGD, Adam
from fastavg.training.center import CenterBuffers

PLANS = [
    Plan(solver=solver, solver_state=state, dtype=dtype)
    for solver in (SGD(momentum=0), SGD(), Adam())
    for state in ("average", "reset", "keep") for dtype in ("float32", "float64")
]


@pytest.mark.parametrize("plan", PLANS)
@pytest.mark.parametrize("n_weights", [1, 16, 37])
def test_vectors_do_not_overlap(plan, n_weights):
    buffers = CenterBuffers.create("private", plan, n_weights, 3)
    depth = 2 if plan.solver_state == "keep" else 1
    places = [buffers.center(round) for round in (0, 1)]
    places += [buffers.slot(round, k) for round in range(depth) for k in range(3)]
    vectors = 1 if plan.solver_state == "reset" else 1 + plan.solver.n_vectors
    for number, place in enumerate(places):
        assert place.shape == (vectors, n_weights)
        assert place.dtype == plan.numpy_dtype
        place[:] = number + 1 + 100 * np.arange(vectors)[:, None]
    for number, place in enumerate(places):
        assert (place == number + 1 + 100 * np.arange(vectors)[:, None]).all()
    # Every vector starts on a cache line of its own.
    starts = [row.__array_interface__["data"][0] for place in places for row in place]
    assert all((start - starts[0]) % 64 == 0 for start in starts)


@pytest.mark.parametrize("plan", PLANS)
def test_a_round_reads_what_it_does_not_write(plan):
    buffers = CenterBuffers.create("private", plan, 5, 2)
    for round in range(4):
        written = [buffers.center(round + 1), buffers.slot(round, 0), buffers.slot(round, 1)]
        read = [buffers.center(round)]
        if plan.solver_state == "keep":
            read += [buffers.slot(round - 1, 0), buffers.slot(round - 1, 1)]
        assert not any(np.shares_memory(one, other) for one in written for other in read)


@pytest.mark.parametrize("plan", PLANS)
def test_slots_name_the_same_places_for_the_mean(plan):
    buffers = CenterBuffers.create("private", plan, 5, 3)
    for round in (0, 1):
        for vector in range(len(buffers.center(0))):
            memory, starts = buffers.slots(round, vector)
            for k in range(3):
                buffers.slot(round, k)[vector] = np.arange(5) + 10 * k
                assert (memory[starts[k] : starts[k] + 5] == np.arange(5) + 10 * k).all()


def test_two_bufferss_on_one_segment_are_the_same():
    plan = PLANS[-1]
    buffers = CenterBuffers.create("private", plan, 5, 3)
    other = CenterBuffers(buffers.segment, plan, 5, 3)
    buffers.slot(1, 2)[1, 4] = 7
    assert other.slot(1, 2)[1, 4] == 7
