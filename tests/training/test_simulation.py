"""Simulated asynchrony: the same bits for any number of processes and ranks, kills included."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.solvers import SGD
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.algorithms.easgd import EASGD
from fastavg.training.algorithms.hogwild import Hogwild
from fastavg.training.observers.events import WorkerReplaced
from tests.communicators.ranks import on_ranks
from tests.training.faulty import KillsItself
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]
ALGORITHMS = (
    Downpour("simulated"),
    Downpour("simulated", fetch=3, push=2, scale="staleness", warm_start=1),
    EASGD("simulated", period=2),
    Hogwild("simulated"),
)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_processes_change_no_bit(algorithm):
    plan = small_plan(epochs=1, solver=SGD(0.05), algorithm=algorithm)
    alone = fingerprint(run(plan))
    assert [fingerprint(run(plan, processes=n)) for n in (2, 8)] == [alone] * 2
    assert algorithm.reproducible


@pytest.mark.parametrize("state", ["average", "keep", "reset"])
def test_ranks_change_no_bit(state):
    plan = small_plan(workers=3, solver_state=state, algorithm=EASGD("simulated", period=2))
    alone = fingerprint(run(plan))
    found = on_ranks(2, lambda communicator: fingerprint(run(plan, communicator=communicator)))
    assert found == [alone] * 2


def test_the_seed_decides_who_is_late():
    drawn = small_plan(algorithm=Downpour("simulated"))
    turns = small_plan(algorithm=Downpour("simulated", spread=0.0))
    assert fingerprint(run(drawn)) != fingerprint(run(turns))


def test_a_killed_process_changes_no_bit(tmp_path):
    solver = KillsItself(0.05, deaths=str(tmp_path / "deaths"), times=2)
    recorder = Recorder()
    algorithm = Downpour("simulated", fetch=2, push=2)
    # The products of this solver, which is none of fastavg's own.
    plan = small_plan(solver=solver, algorithm=algorithm, products="blas")
    found = run(plan, processes=2, observers=[recorder])
    assert len(recorder.of(WorkerReplaced)) == 2
    assert fingerprint(found) == fingerprint(run(replace(plan, solver=SGD(0.05))))
