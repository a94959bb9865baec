"""Events reach the hook that is meant for them, and every observer is told."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.plan.plan import Plan
from fastavg.training.observers.events import (
    CheckpointFailed,
    CheckpointWritten,
    Compiling,
    Finished,
    Observer,
    RoundFinished,
    Started,
    WorkerReplaced,
    WorkerSkipped,
    WorkLost,
    notify,
)
from tests.training.runs import NETWORK

STARTED = Started(NETWORK, Plan(), 100, 1, 1, 20)
ROUND = RoundFinished(0, 4, 0.5, 1.5, 50.0, 10, 0.1, 0.1, 0.1, 0.1, lambda: np.zeros(1))
FINISHED = Finished(4, 1.0)
OTHERS = [
    Compiling("float32"), WorkerReplaced(0, 1, 17, "SIGKILL", 2), WorkerSkipped(0, 1),
    WorkLost(0, 1, 5),
    CheckpointWritten(2, "run", 0.1), CheckpointFailed(2, "run", "No space left on device"),
]
ALL = [STARTED, ROUND, FINISHED, *OTHERS]


class Hooks(Observer):
    def __init__(self):
        self.calls = []

    def on_start(self, event):
        self.calls.append(("start", event))

    def on_round(self, event):
        self.calls.append(("round", event))

    def on_finish(self, event):
        self.calls.append(("finish", event))

    def on_event(self, event):
        self.calls.append(("event", event))


def test_each_kind_reaches_its_hook():
    hooks = Hooks()
    for event in ALL:
        notify([hooks], event)
    names = ["start", "round", "finish"] + ["event"] * len(OTHERS)
    assert hooks.calls == list(zip(names, ALL, strict=True))


def test_what_is_not_overridden_goes_to_on_event():
    class Everything(Observer):
        def __init__(self):
            self.seen = []

        def on_event(self, event):
            self.seen.append(event)

    everything = Everything()
    for event in ALL:
        assert notify([everything], event) is False
    assert everything.seen == ALL


def test_an_observer_needs_no_base_class_and_only_the_hooks_it_wants():
    class OnlyRounds:
        rounds = 0

        def on_round(self, event):
            self.rounds += 1

    observer = OnlyRounds()
    for event in ALL:
        notify([observer, object()], event)
    assert observer.rounds == 1


@pytest.mark.parametrize("answer", [True, False, None, 1, "yes"])
def test_only_true_ends_training_and_the_others_are_told_all_the_same(answer):
    class Answers:
        def on_round(self, event):
            return answer

    before, after = Hooks(), Hooks()
    assert notify([before, Answers(), after], ROUND) is (answer is True)
    assert before.calls == after.calls == [("round", ROUND)]


def test_the_base_class_does_nothing():
    assert not any(notify([Observer()], event) for event in ALL)
