"""An open session: a round a call on rows that change, and the bits of one whole run."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import SlowMo
from fastavg.errors import Diverged
from fastavg.kernels.blas.openblas import private_openblas
from fastavg.solvers import SGD
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.run import Run
from fastavg.training.stream import Stream, can_stream
from tests.training.runs import NETWORK, data_for, first_weights, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def opened(plan):
    """A stream of 100 rows, and the rows."""
    rows = data_for(NETWORK, 100, plan.dtype)
    return Stream(Run(NETWORK, plan, rows, first_weights(NETWORK, plan)), (), InMemory()), rows


@pytest.mark.parametrize("more", [{}, {"averaging": SlowMo()}, {"dtype": "float32"}])
def test_rounds_are_those_of_a_whole_run(more):
    plan = small_plan(average_every=1, epochs=3, **more)
    stream, _ = opened(plan)
    found = [stream.round() for _ in range(3)]
    np.testing.assert_array_equal(found[-1], run(plan))
    assert not np.array_equal(found[0], found[1])


def test_rows_that_are_filled_anew_are_those_of_the_next_round():
    plan = small_plan(average_every=1, epochs=3)
    (same, _), (other, rows) = opened(plan), opened(plan)
    np.testing.assert_array_equal(same.round(), other.round())
    rows.X[:] *= -1
    assert not np.array_equal(same.round(), other.round())


def test_weights_are_the_caller_s_own():
    plan = small_plan(average_every=1, epochs=3)
    (stream, _), (untouched, _) = opened(plan), opened(plan)
    stream.round()[:] = np.nan
    untouched.round()
    np.testing.assert_array_equal(stream.round(), untouched.round())


def test_a_diverged_round_closes_the_stream():
    stream, rows = opened(small_plan(average_every=1, epochs=3, solver=SGD(0.1)))
    stream.round()
    rows.X[:] = np.inf
    with pytest.raises(Diverged):
        stream.round()


def test_only_averages_after_whole_epochs_stream():
    assert can_stream(small_plan(average_every=1)) == (private_openblas() is not None)
    assert not can_stream(small_plan(average_every=0.5))
    assert not can_stream(small_plan(average_every=1, algorithm="gradient-averaging"))
