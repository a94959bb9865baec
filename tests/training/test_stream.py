"""An open session: an epoch a call on rows that change, and the bits of one whole run."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging import SlowMo
from fastavg.errors import Diverged
from fastavg.kernels.blas.openblas import private_openblas
from fastavg.plan.beginning import Beginning
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


@pytest.mark.parametrize("more", [
    {}, {"averaging": SlowMo()}, {"dtype": "float32"}, {"average_every": 1 / 3},
    {"average_every": 0.25, "averaging": SlowMo()},
    {"average_every": 1 / 2, "solver_state": "keep"},
    {"average_every": 0.25, "beginning": Beginning(rounds=3, workers=2, over=2)},
])
def test_epochs_are_those_of_a_whole_run(more):
    plan = small_plan(**{"average_every": 1, "epochs": 3, **more})
    stream, _ = opened(plan)
    found = [stream.epoch() for _ in range(3)]
    np.testing.assert_array_equal(found[-1], run(plan))
    assert not np.array_equal(found[0], found[1])


def test_rows_that_are_filled_anew_are_those_of_the_next_epoch():
    plan = small_plan(average_every=1, epochs=3)
    (same, _), (other, rows) = opened(plan), opened(plan)
    np.testing.assert_array_equal(same.epoch(), other.epoch())
    rows.X[:] *= -1
    assert not np.array_equal(same.epoch(), other.epoch())


def test_weights_are_the_caller_s_own():
    plan = small_plan(average_every=1, epochs=3)
    (stream, _), (untouched, _) = opened(plan), opened(plan)
    stream.epoch()[:] = np.nan
    untouched.epoch()
    np.testing.assert_array_equal(stream.epoch(), untouched.epoch())


def test_a_diverged_round_closes_the_stream():
    stream, rows = opened(small_plan(average_every=1, epochs=3, solver=SGD(0.1)))
    stream.epoch()
    rows.X[:] = np.inf
    with pytest.raises(Diverged):
        stream.epoch()


@pytest.mark.parametrize(("every", "streams"), [
    (1, True), (0.5, True), (1 / 3, True), (2, False), (0.4, False), ("1 steps", False),
])
def test_only_epochs_that_end_with_an_average_stream(every, streams):
    streams = streams and private_openblas() is not None
    assert can_stream(small_plan(average_every=every)) == streams


def test_only_model_averaging_streams():
    assert not can_stream(small_plan(average_every=1, algorithm="gradient-averaging"))
