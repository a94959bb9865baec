"""The round loop: what observers hear, and how they end it."""

import numpy as np
import pytest

from fastavg.communicators.collectives import workers_of
from fastavg.solvers import SGD
from fastavg.training.observers.events import Finished, RoundFinished, Started
from fastavg.training.observers.history import History
from tests.training.runs import NETWORK, Recorder, first_weights, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


@pytest.mark.parametrize("workers", [1, 2, 7, 8])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 9])
def test_ranks_hold_consecutive_workers(workers, size):
    parts = [list(workers_of(rank, size, workers)) for rank in range(size)]
    assert [worker for part in parts for worker in part] == list(range(workers))
    lengths = [len(part) for part in parts]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("processes", [1, 2])
def test_observers_hear_of_every_round_in_order(processes):
    recorder, history = Recorder(), History()
    plan = small_plan()
    centers = []

    class Centers:
        def on_event(self, event):
            if isinstance(event, RoundFinished):
                centers.append(event.weights().copy())

    weights = run(plan, processes=processes, observers=[recorder, history, Centers()])
    kinds = [type(event) for event in recorder.events]
    assert kinds == [Started] + [RoundFinished] * 4 + [Finished]
    started, *rounds, finished = recorder.events
    assert (started.n_rows, started.processes, started.ranks) == (100, processes, 1)
    assert [event.round for event in rounds] == [0, 1, 2, 3]
    assert [event.epoch for event in rounds] == [0.5, 1.0, 1.5, 2.0]
    # Two epochs of 100 rows each.
    assert sum(event.rows for event in rounds) == 200
    assert all(event.evaluations > 0 for event in rounds)
    assert all(
        min(event.training_seconds, event.kernel_seconds, event.averaging_seconds,
            event.waiting_seconds) >= 0
        for event in rounds
    )
    assert finished.rounds == 4
    assert finished.seconds > 0
    assert (centers[-1] == weights).all()
    assert history.losses == [event.loss for event in rounds]
    assert history.total("rows") == 200


def test_an_observer_ends_training_and_all_others_still_hear():
    class Stops:
        def on_event(self, event):
            return isinstance(event, RoundFinished) and event.round == 1

    recorder = Recorder()
    weights = run(small_plan(), observers=[Stops(), recorder])
    assert [event.round for event in recorder.of(RoundFinished)] == [0, 1]
    assert recorder.of(Finished)[0].rounds == 2
    # The plan of one epoch is the first half of the plan of two.
    assert (weights == run(small_plan(epochs=1))).all()


def test_what_comes_back_is_a_copy_and_the_start_is_untouched():
    plan = small_plan()
    start = first_weights(NETWORK, plan)
    before = start.copy()
    weights = run(plan)
    assert (start == before).all()
    assert weights.flags.owndata
    assert weights.flags.writeable
    assert weights.dtype == np.float32


def test_training_learns():
    history = History()
    run(small_plan(epochs=30, solver=SGD(0.05)), observers=[history])
    assert history.losses[-1] < 0.9 * history.losses[0]


def test_more_processes_than_workers_are_as_many_as_workers():
    recorder = Recorder()
    run(small_plan(workers=2), processes=7, observers=[recorder])
    assert recorder.of(Started)[0].processes == 2
