"""First rounds with fewer workers, or without an average."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from fastavg.plan.beginning import Beginning
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.first_rounds import best_alone
from fastavg.training.observers.history import History
from fastavg.training.programs import Report
from tests.communicators.ranks import on_ranks
from tests.training.controllers.test_steered_rounds import Stop
from tests.training.runs import fingerprint, one_by_one, run, small_plan

CASES = {
    "unaveraged": {"beginning": Beginning(rounds=3)},
    "ramp": {"beginning": Beginning(workers=1, over=2), "solver_state": "keep"},
    "both": {"beginning": Beginning(rounds=2, workers=2, over=1), "averaging": "easgd"},
}


def plan_of(case, **changes):
    return small_plan(**{
        "workers": 4, "epochs": 4, "average_every": "3 steps", **CASES[case], **changes,
    })


@pytest.mark.parametrize("case", CASES)
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_blocks_processes_and_ranks_change_no_bit(case):
    plan = plan_of(case)
    expected = fingerprint(one_by_one(plan))
    assert fingerprint(run(plan, processes=2)) == expected
    assert set(on_ranks(3, lambda ranks: fingerprint(run(plan, communicator=ranks)))) == {expected}
    assert fingerprint(run(plan_of(case, beginning=Beginning()))) != expected


def test_workers_that_do_not_train_have_no_rows():
    history = History()
    run(plan_of("ramp"), observers=[history])
    steps = [each.evaluations / each.steps for each in history.records]
    assert steps[0] == 1
    assert steps == sorted(steps)
    assert steps[-1] == 4


def test_without_an_average_all_go_on_from_one_worker():
    plan = plan_of("unaveraged", epochs=1, average_every=1.0)
    found = run(plan)
    mean = run(plan_of("unaveraged", epochs=1, average_every=1.0, beginning=Beginning()))
    assert np.abs(found - mean).max() > 0


def test_the_best_worker_is_that_of_the_lowest_mean_loss():
    reports = [Report(k, loss, rows, 1, True, 0.0, 0.0) for k, (loss, rows) in enumerate(
        [(4.0, 4.0), (1.0, 2.0), (0.0, 0.0), (9.0, 10.0)]
    )]
    session = SimpleNamespace(run=SimpleNamespace(plan=plan_of("unaveraged")))
    kept = best_alone(session, 0, reports)
    assert [each.weight for each in kept] == [0, 2, 0, 0]
    assert best_alone(session, 3, reports) is reports


def test_a_run_that_is_resumed_in_its_beginning_has_the_same_bits(tmp_path):
    plan = plan_of("both")
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[Stop(1)], checkpoints=Checkpoints(tmp_path / "run", 1))
    again = run(plan, checkpoints=Checkpoints(tmp_path / "run", 1, resume="auto"))
    assert fingerprint(again) == fingerprint(run(plan))
