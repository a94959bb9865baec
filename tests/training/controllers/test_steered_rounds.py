"""Periods that are chosen on the way, in real runs."""

from __future__ import annotations

import os
import signal

import pytest

from fastavg.averaging.periods import (
    CostPeriod,
    ListedPeriods,
    LossPeriod,
    RampedPeriod,
    SpreadPeriod,
)
from fastavg.communicators import LocalCommunicator
from fastavg.solvers import Adam
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.controllers.steered_rounds import SteeredRounds
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import History
from tests.communicators.ranks import on_ranks
from tests.training.runs import fingerprint, one_by_one, run, small_plan

KINDS = {
    "loss": {"period": LossPeriod(2), "average_every": "20 steps", "solver": Adam(0.05)},
    "loss, looked at often": {
        "period": LossPeriod(0.4, shrink=0.5), "average_every": "6 steps", "solver": "sgd",
    },
    "spread": {"period": SpreadPeriod(target=0.03), "average_every": "2 steps"},
    "spread with rule": {
        "period": SpreadPeriod(target=0.01), "average_every": "3 steps", "averaging": "bmuf",
        "solver_state": "keep",
    },
    "ramp": {"period": RampedPeriod(1, 2), "average_every": "5 steps", "sampling": "resample"},
    "listed": {"period": ListedPeriods("5x3 2x4"), "average_every": "3 steps"},
}


def plan_of(kind, **changes):
    return small_plan(**{"workers": 4, "epochs": 6, "batch_size": 2, **KINDS[kind], **changes})


class Stop(Observer):
    weights_at = "block"

    def __init__(self, round):
        self._round = round

    def on_round(self, event):
        if event.round >= self._round:
            raise KeyboardInterrupt


class Kill(Observer):
    """Kills a child of this process after some rounds, once."""

    weights_at = "block"

    def __init__(self, round, pids):
        self._round, self._pids = round, pids

    def on_round(self, event):
        if event.round >= self._round and self._pids():
            os.kill(self._pids()[0], signal.SIGKILL)
            self._round = 10**9


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_blocks_processes_and_ranks_change_no_bit_and_no_period(kind):
    plan = plan_of(kind)
    alone, blocks, single = History(), History(), History()
    expected = fingerprint(one_by_one(plan, observers=[alone]))
    assert fingerprint(run(plan, observers=[single])) == expected
    assert fingerprint(run(plan, observers=[blocks], processes=2)) == expected
    assert alone.periods == blocks.periods == single.periods
    assert len(set(alone.periods.split())) > 1
    assert sum(each.steps for each in alone.records) == plan.total_steps(plan.sampler(100))
    assert alone.records[-1].epoch == plan.epochs
    for size in (2, 3):
        found = on_ranks(size, lambda ranks: fingerprint(run(plan, communicator=ranks)))
        assert set(found) == {expected}


@pytest.mark.parametrize("kind", ["loss", "spread"])
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_a_run_that_is_resumed_has_the_same_bits(kind, tmp_path):
    plan = plan_of(kind)
    whole = History()
    expected = fingerprint(run(plan, observers=[whole]))
    rounds = len(whole.records)
    for at in (1, rounds // 3, rounds - 2):
        path = tmp_path / f"{kind}-{at}"
        with pytest.raises(KeyboardInterrupt):
            run(plan, observers=[Stop(at)], checkpoints=Checkpoints(path, 3))
        history = History()
        again = run(
            plan, observers=[history], checkpoints=Checkpoints(path, 3, resume="auto"), processes=2,
        )
        assert fingerprint(again) == expected


@pytest.mark.parametrize("kind", ["loss", "spread"])
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_a_process_that_is_killed_changes_no_bit(kind):
    import psutil

    plan = plan_of(kind, epochs=20)
    expected = fingerprint(run(plan))

    def pids():
        ours = {child.pid for child in psutil.Process().children()}
        return [
            child.pid for child in psutil.Process().children(recursive=True)
            if child.pid not in ours
        ]

    assert fingerprint(run(plan, processes=2, observers=[Kill(5, pids)])) == expected


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_rounds_that_the_clock_chose_can_be_run_again():
    plan = plan_of("loss", period=CostPeriod(review=0.5, target=0.3))
    history, again = History(), History()
    expected = fingerprint(run(plan, observers=[history], processes=2))
    listed = plan_of("loss", period=ListedPeriods(history.periods))
    assert fingerprint(run(listed, observers=[again])) == expected
    assert again.periods == history.periods


def test_periods_follow_the_loss():
    history = History()
    run(plan_of("loss", epochs=12), observers=[history])
    steps = [each.steps for each in history.records[:-1]]
    assert steps[0] == 20
    assert min(steps[::2]) < 20


def test_a_stretch_can_be_shortened():
    plan = plan_of("loss", average_every="6 steps")
    rounds = SteeredRounds(plan, plan.sampler(100), LocalCommunicator())
    assert rounds.bounds(0, 3).tolist() == [0, 6, 12, 18]
    assert rounds.shorten(1, 0.5)
    assert rounds.bounds(1, 3).tolist() == [6, 9, 12]
    assert rounds.shorten(1, 0.01)
    assert rounds.period == 1
    assert not rounds.shorten(1, 0.5)
