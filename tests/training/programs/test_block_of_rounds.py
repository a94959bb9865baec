"""Blocks of rounds leave the bits of rounds one by one, whatever the plan and the processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.averaging import BMUF, DiLoCo, SlowMo
from fastavg.data.sampling_schemes import Resample
from fastavg.errors import Diverged
from fastavg.solvers import (
    SGD,
    Adam,
    Nadam,
    Regularization,
    Schedule,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import History
from fastavg.training.session import Session
from tests.training.runs import NETWORK, data_for, fingerprint, one_by_one, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(120)]

PLANS = {
    "parts of an epoch": small_plan(epochs=3, average_every=0.3),
    "steps": small_plan(epochs=6, average_every="2 steps"),
    "single steps": small_plan(epochs=3, average_every="1 step", solver=SGD(0.1)),
    "shorter than a step": small_plan(epochs=2, average_every=0.1, batch_size=0),
    "keep": small_plan(epochs=6, average_every="2 steps", solver_state="keep"),
    "reset": small_plan(
        epochs=6, average_every="2 steps", solver_state="reset", solver=Nadam(0.01)
    ),
    "float64": small_plan(epochs=4, average_every="2 steps", dtype="float64"),
    "cosine": small_plan(
        epochs=6, average_every="3 steps", solver=Adam(0.01, Schedule("cosine", warmup=1))
    ),
    "plateau": small_plan(
        epochs=8, average_every="1 step",
        solver=SGD(1.0, Schedule("plateau", patience=0, factor=0.5, tol=0.2)),
    ),
    "schedule-free sgd": small_plan(
        epochs=4, average_every="2 steps", solver=ScheduleFreeSGD(0.5, weight_decay=0.01)
    ),
    "schedule-free adamw": small_plan(
        epochs=6, average_every="2 steps",
        solver=ScheduleFreeAdamW(0.01, Schedule(warmup=1), weight_decay=0.01),
    ),
    "resample": small_plan(epochs=3, average_every="2 steps", sampling=Resample(0.3)),
    "in order": small_plan(epochs=6, average_every="2 steps", sampling={"name": "shards",
                           "shuffle": False}),
    "slow momentum": small_plan(epochs=6, average_every="2 steps", averaging=SlowMo(0.9, 0.5)),
    "nesterov": small_plan(epochs=6, average_every="2 steps", averaging=DiLoCo()),
    "block momentum": small_plan(epochs=6, average_every="2 steps", averaging=BMUF(0.5, 0.9)),
    "regular": small_plan(
        epochs=6, average_every="2 steps",
        regularization=Regularization(
            l1=1e-3, dropout=0.2, clip_norm=0.5, max_norm=1.0, max_change=0.1
        ),
    ),
}

# Those that are tried with several processes as well, whose start takes long.
SHARED = ("keep", "regular", "schedule-free adamw")


@pytest.fixture
def lengths(monkeypatch):
    """The lengths of blocks that were trained."""
    seen, commit = [], Session.commit_block

    def note(self, totals, at_end=False):
        if len(totals) > 1:
            seen.append(len(totals))
        return commit(self, totals, at_end)

    monkeypatch.setattr(Session, "commit_block", note)
    return seen


@pytest.mark.parametrize("name", PLANS)
def test_weights_and_losses_are_those_of_rounds_one_by_one(name, lengths):
    plan, plain = PLANS[name], History()
    expected = fingerprint(one_by_one(plan, observers=[plain]))
    assert lengths == []
    for processes in (1, 3) if name in SHARED else (1,):
        heard = History()
        found = run(plan, processes=processes, observers=[heard])
        assert fingerprint(found) == expected
        assert heard.losses == plain.losses
        assert [each.evaluations for each in heard.records] == [
            each.evaluations for each in plain.records
        ]
        assert sum(lengths) > 0
        assert all(length % 2 for length in lengths)
        lengths.clear()


@pytest.mark.parametrize(("processes", "seconds"), [(1, 1e-9), (2, 0.002), (8, 10.0)])
def test_neither_length_nor_processes_change_a_bit(seconds, processes, lengths):
    plan = replace(PLANS["steps"], solver_state="keep", averaging=SlowMo())
    expected = fingerprint(one_by_one(plan, weighted=True))
    found = run(plan, weighted=True, processes=processes, block_seconds=seconds)
    assert fingerprint(found) == expected
    if seconds == 10.0:
        assert max(lengths) >= 9


class EveryEpoch(Observer):
    """Keeps the weights at the end of every epoch, and may end training there."""

    weights_at = "epoch"

    def __init__(self, stop=None):
        self.kept, self._stop = [], stop

    def on_round(self, event):
        if event.epoch == int(event.epoch):
            self.kept.append(fingerprint(event.weights()))
        return event.epoch == self._stop


@pytest.mark.parametrize("stop", [None, 2.0])
def test_an_observer_of_epochs_sees_their_weights_and_may_end_training(stop, lengths):
    plan = small_plan(workers=4, epochs=4, average_every="1 step", batch_size=5, solver=SGD(0.1))
    plain, blocks = EveryEpoch(stop), EveryEpoch(stop)
    expected = one_by_one(plan, observers=[plain])
    assert fingerprint(run(plan, observers=[blocks], block_seconds=10.0)) == fingerprint(expected)
    assert max(lengths) == 5
    assert blocks.kept == plain.kept
    assert len(blocks.kept) == (4 if stop is None else 2)


class BreakOff(Observer):
    weights_at = "block"

    def on_round(self, event):
        if event.round == 20:
            raise KeyboardInterrupt


@pytest.mark.parametrize("state", ["average", "keep"])
def test_a_run_of_blocks_goes_on_from_a_checkpoint(state, tmp_path, lengths):
    plan = replace(PLANS["nesterov"], epochs=14, solver_state=state)
    expected, path = fingerprint(one_by_one(plan)), tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[BreakOff()], checkpoints=Checkpoints(path, every=4))
    assert max(lengths) == 3
    found = run(plan, checkpoints=Checkpoints(path, resume="auto"), processes=2)
    assert fingerprint(found) == expected


@pytest.mark.parametrize("answer", ["stop", "skip"])
def test_a_weight_that_is_not_finite_is_found_in_its_round(answer):
    data = data_for(NETWORK, 100, "float32")
    data.X[60:] *= 1e30
    plan = small_plan(
        epochs=4, average_every="1 step", solver=SGD(1e5), on_divergence=answer,
        sampling={"name": "shards", "shuffle": False},
    )

    def outcome(seconds):
        from tests.training.runs import first_weights, train_rounds

        with np.errstate(all="ignore"):
            try:
                return fingerprint(train_rounds(
                    NETWORK, plan, data, first_weights(NETWORK, plan), block_seconds=seconds
                ))
            except Diverged as error:
                return error.round, error.worker, fingerprint(error.weights)

    assert outcome(0.1) == outcome(0)


def test_rules_and_solvers_without_a_block_form_are_trained_round_by_round(lengths):
    for plan in (
        small_plan(average_every="2 steps", averaging="ema"),
        small_plan(average_every="2 steps", averaging="easgd"),
        small_plan(average_every=1, batch_size=0, solver="cg"),
    ):
        run(plan)
    run(small_plan(average_every="2 steps"), observers=[Observer()])
    assert lengths == []
