"""Free workers: all rows are trained on, and a killed process costs what it had not pushed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pytest

from fastavg.errors import ConfigError, Diverged
from fastavg.plan.execution import Execution
from fastavg.randomness import key
from fastavg.solvers import SGD
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.algorithms.easgd import EASGD
from fastavg.training.algorithms.hogwild import Hogwild
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.observers.events import RoundFinished, WorkerReplaced, WorkLost
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.training.faulty import KillsItself
from tests.training.runs import (
    NETWORK,
    Recorder,
    data_for,
    first_weights,
    run,
    small_plan,
    train_rounds,
)

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]
MEMBERS = (
    Downpour(push=2, fetch=2), Downpour(warm_start=2), Downpour(scale="staleness"),
    EASGD(period=3), Hogwild(),
)


@pytest.mark.parametrize("algorithm", MEMBERS)
@pytest.mark.parametrize("processes", [1, 2])
def test_every_worker_takes_all_its_steps(algorithm, processes):
    recorder = Recorder()
    plan = small_plan(workers=3, solver=SGD(0.05), algorithm=algorithm)
    found = run(plan, processes=processes, observers=[recorder])
    rounds = recorder.of(RoundFinished)
    assert [event.round for event in rounds] == list(range(4))
    assert sum(event.rows for event in rounds) == 200
    assert np.isfinite(found).all()
    assert not algorithm.reproducible
    # Of all rows, twice.
    first, last = (sum(event.loss * event.rows for event in rounds[at : at + 2]) for at in (0, 2))
    assert last < first


def test_adagrad_at_the_center_learns():
    recorder = Recorder()
    # A round is an epoch, so that all losses are of the same rows.
    plan = small_plan(
        workers=2, solver=SGD(0.05, momentum=0.0), averaging="fedadagrad", epochs=4,
        average_every=1, algorithm=Downpour(),
    )
    rows = data_for(NETWORK, 100, plan.dtype)
    # The class is that of the largest of three inputs, which any order of pushes can learn.
    classes = np.eye(3, dtype=rows.Y.dtype)[rows.X[:, :3].argmax(axis=1)]
    train_rounds(
        NETWORK, plan, replace(rows, Y=classes), first_weights(NETWORK, plan), processes=2,
        observers=[recorder],
    )
    losses = [event.loss for event in recorder.of(RoundFinished)]
    assert losses[-1] < losses[0]
    # Who guesses loses log 3.
    assert losses[-1] < np.log(3) / 2


@pytest.mark.parametrize("algorithm", [Downpour(push=2, fetch=2), EASGD(period=3), Hogwild()])
def test_a_killed_process_costs_what_it_had_not_pushed(algorithm, tmp_path):
    solver = KillsItself(0.05, deaths=str(tmp_path / "deaths"), times=2)
    recorder = Recorder()
    plan = small_plan(workers=3, solver=solver, algorithm=algorithm)
    found = run(plan, processes=2, observers=[recorder])
    assert np.isfinite(found).all()
    assert len(recorder.of(WorkerReplaced)) == 2
    lost = sum(event.steps for event in recorder.of(WorkLost))
    steps = sum(event.evaluations for event in recorder.of(RoundFinished))
    assert lost > 0
    # What is lost is counted, and everything else is done.
    assert steps + lost == 3 * plan.total_steps(plan.sampler(100))


@dataclass(frozen=True)
class KillsWorkerZero(KillsItself):
    """Dies only while it trains the first worker."""

    def train(self, job):
        first = job.drop_key == key(3, "dropout", 0)
        return (KillsItself if first else SGD).train(self, job)


def test_two_deaths_in_one_order_are_counted_once_each(tmp_path):
    solver = KillsWorkerZero(0.05, deaths=str(tmp_path / "deaths"), times=2)
    recorder = Recorder()
    plan = small_plan(
        workers=2, solver=solver, epochs=1, average_every=1, algorithm=Downpour(push=2, fetch=2)
    )
    assert plan.seed == 3
    run(plan, processes=2, observers=[recorder])
    assert len(recorder.of(WorkerReplaced)) == 2
    assert sum(event.steps for event in recorder.of(WorkLost)) == 4


def test_a_run_goes_on_from_a_checkpoint():
    plan = small_plan(workers=2, solver=SGD(0.05), solver_state="keep", algorithm=EASGD(period=2))
    start = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
    store, recorder = InMemory(), Recorder()

    class StopsAfterTwo:
        def on_round(self, event):
            return event.round == 1

    train_run(start, Execution(1, observers=(StopsAfterTwo(),)), store=store)
    train_run(start, Execution(1, observers=(recorder,)), store=store)
    assert [event.round for event in recorder.of(RoundFinished)] == [2, 3]


@pytest.mark.parametrize("algorithm", [Downpour(), Hogwild()])
def test_divergence_is_found(algorithm):
    plan = small_plan(workers=2, solver=SGD(1e30, momentum=0.0), algorithm=algorithm)
    with pytest.raises(Diverged):
        run(plan, network=NETWORK)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solver": "cg", "batch_size": 0}, "goes with optimizers"),
        ({"averaging": "easgd"}, "no rule with replicas"),
    ],
)
def test_what_does_not_go_with_it_is_refused(change, words):
    with pytest.raises(ConfigError, match=words):
        Downpour().check(small_plan(**change))
