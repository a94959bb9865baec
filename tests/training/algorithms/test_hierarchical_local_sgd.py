"""Averages within groups often and between groups rarely: bits, checkpoints, lost processes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.averaging import DiLoCo, FedAdam
from fastavg.plan.resolve import algorithm_for
from fastavg.solvers import SGD, Adam
from fastavg.training.algorithms.hierarchical_local_sgd import HierarchicalLocalSGD
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import Observer, WorkerReplaced
from tests.communicators.ranks import on_ranks
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(90)]
# Shards of 12 or 13 rows in steps of 4: 9 rounds of 2 steps.
PLAN = small_plan(
    epochs=6, average_every="2 steps", solver=Adam(0.01),
    algorithm=HierarchicalLocalSGD(groups=2, outer_every=4),
)


def flat(plan, every):
    return replace(plan, algorithm="local-sgd", average_every=every)


class Keeps(Observer):
    """The published weights of every round."""

    def __init__(self):
        self.weights = []

    def on_round(self, event):
        self.weights.append(fingerprint(event.weights()))


@pytest.mark.parametrize("groups", [1, 3, 8])
@pytest.mark.parametrize("rule", ["mean", "diloco"])
def test_with_an_outer_average_every_round_it_is_local_sgd(groups, rule):
    plan = replace(PLAN, averaging=rule, algorithm=HierarchicalLocalSGD(groups, 1))
    assert fingerprint(run(plan)) == fingerprint(run(flat(plan, "2 steps")))


@pytest.mark.parametrize("state", ["average", "keep", "reset"])
def test_a_single_group_is_local_sgd(state):
    plan = replace(PLAN, algorithm=HierarchicalLocalSGD(1, 3), solver_state=state)
    assert fingerprint(run(plan)) == fingerprint(run(flat(plan, "2 steps")))


@pytest.mark.parametrize("rule", ["mean", "slowmo", "fedadam", "ema"])
def test_groups_of_one_worker_are_local_sgd_with_the_outer_period(rule):
    plan = replace(PLAN, averaging=rule, algorithm=HierarchicalLocalSGD(8, 4))
    # Workers count by their rows of the last round: here all have as many.
    assert fingerprint(run(plan, n=96)) == fingerprint(run(flat(plan, "8 steps"), n=96))


def test_the_outer_center_stands_for_the_run_in_between():
    seen = Keeps()
    last = run(PLAN, observers=[seen])
    assert len(set(seen.weights[:3])) == 1
    assert len(set(seen.weights[3:7])) == 1
    assert seen.weights[0] != seen.weights[3] != seen.weights[7]
    assert seen.weights[-1] == fingerprint(last)
    assert not (last == run(flat(PLAN, "2 steps"))).all()


def test_groups_of_two_are_the_mean_of_two_workers_each():
    # One inner average, then the outer one: by hand from workers that never met.
    plan = replace(
        PLAN, workers=4, epochs=1, solver=SGD(0.1, momentum=0.0), dtype="float64",
        average_every="2 steps", algorithm=HierarchicalLocalSGD(2, 2),
    )
    groups = run(plan, n=64)
    once = replace(plan, algorithm=HierarchicalLocalSGD(4, 2))
    # Four workers in two pairs differ from four that go alone, and from four in one group.
    assert not (groups == run(once, n=64)).all()
    assert not (groups == run(flat(plan, "2 steps"), n=64)).all()
    np.testing.assert_allclose(groups, run(once, n=64), atol=0.05)


PLANS = {
    "mean": PLAN,
    "three uneven groups": replace(PLAN, algorithm=HierarchicalLocalSGD(3, 2)),
    "diloco, state kept": replace(PLAN, averaging=DiLoCo(), solver_state="keep"),
    "fedadam, state reset": replace(PLAN, averaging=FedAdam(), solver_state="reset"),
    "float64": replace(PLAN, dtype="float64"),
}


@pytest.mark.parametrize("name", PLANS)
def test_ranks_change_no_bit(name):
    plan = PLANS[name]
    expected = fingerprint(run(plan))
    for size in (2, 3):
        found = on_ranks(size, lambda each: fingerprint(run(plan, communicator=each)))
        assert found == [expected] * size


def test_processes_change_no_bit():
    assert fingerprint(run(PLAN, processes=3)) == fingerprint(run(PLAN))


class BreakOff(Observer):
    def __init__(self, at):
        self._at = at

    def on_round(self, event):
        if event.round == self._at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("name", PLANS)
@pytest.mark.parametrize("at", [2, 4])
def test_it_goes_on_from_a_checkpoint_within_an_outer_period(name, at, tmp_path):
    plan, path = PLANS[name], tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[BreakOff(at)], checkpoints=Checkpoints(path, every=1))
    ended = on_ranks(2, lambda each: fingerprint(
        run(plan, communicator=each, checkpoints=Checkpoints(path, resume="auto"))
    ))
    assert ended == [fingerprint(run(plan))] * 2


@pytest.mark.own_fork_server
def test_a_killed_process_changes_no_bit(tmp_path, monkeypatch):
    expected, seen = fingerprint(run(PLAN)), Recorder()
    monkeypatch.setenv("FASTAVG_FAILPOINT_LISTENER", "tests.training.faulty:die_once")
    monkeypatch.setenv("FASTAVG_TEST_DEATHS", str(tmp_path / "deaths"))
    assert fingerprint(run(PLAN, processes=2, observers=[seen])) == expected
    assert len(seen.of(WorkerReplaced)) == 1




@pytest.mark.parametrize(("change", "message"), [
    ({"workers": 1}, "groups is 2 and workers is 1"),
    ({"averaging": "easgd"}, "averaging is ElasticAveraging, whose workers"),
])
def test_what_does_not_go_with_it_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        run(replace(PLAN, **change))


@pytest.mark.parametrize("name", ["groups", "outer_every"])
def test_impossible_options_are_refused(name):
    with pytest.raises(ConfigError, match=f"{name} is 0"):
        HierarchicalLocalSGD(**{name: 0})


def test_its_options_say_which_algorithm_is_meant():
    assert algorithm_for({"groups": 3}) == HierarchicalLocalSGD(3)
