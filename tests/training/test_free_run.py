"""Free workers on several ranks: all rows are trained on, whoever is killed is counted or named."""

from __future__ import annotations

import json
import re

import pytest

from fastavg.errors import ConfigError, Diverged
from fastavg.solvers import SGD
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.algorithms.easgd import EASGD
from fastavg.training.algorithms.hogwild import Hogwild
from fastavg.training.observers.events import RoundFinished
from tests.communicators.mpiexec import PYTHON, ROOT
from tests.communicators.mpiexec import run as run_ranks
from tests.communicators.ranks import on_ranks
from tests.communicators.tcp.ranks import ended, flags, free_port, started
from tests.training.runs import Recorder, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(90)]
TRAIN = (PYTHON, "-m", "fastavg_cli", "train", "--hidden", "20", "--json", "--quiet")
MEMBERS = (
    Downpour(push=2, fetch=2), Downpour(warm_start=2, between_ranks=1), EASGD(period=3), Hogwild(),
)


@pytest.mark.parametrize("algorithm", MEMBERS)
@pytest.mark.parametrize("size", [2, 3])
def test_every_worker_of_every_rank_takes_all_its_steps(algorithm, size):
    plan = small_plan(workers=3, solver=SGD(0.05), solver_state="keep", algorithm=algorithm)

    def one(communicator):
        recorder = Recorder()
        return run(plan, communicator=communicator, observers=[recorder]), recorder

    ranks = on_ranks(size, one)
    assert len({weights.tobytes() for weights, _ in ranks}) == 1
    for _, recorder in ranks:
        rounds = recorder.of(RoundFinished)
        assert [event.round for event in rounds] == list(range(4))
        assert sum(event.rows for event in rounds) == 200
        # Of all rows, twice.
        first, last = (sum(event.loss * event.rows for event in rounds[at : at + 2])
                           for at in (0, 2))
        assert last < first


def test_ranks_diverge_together():
    plan = small_plan(workers=2, solver=SGD(1e30, momentum=0.0), algorithm=Downpour())
    found = []

    def one(communicator):
        try:
            run(plan, communicator=communicator)
        except Diverged as error:
            found.append(error.round)

    on_ranks(2, one)
    assert found == [0, 0]


def test_a_communicator_without_a_window_is_refused():
    class Plain:
        def __init__(self, inner):
            self.rank, self.size = inner.rank, inner.size
            self.broadcast, self.allreduce, self.close = (
                inner.broadcast, inner.allreduce, inner.close
            )

    plan = small_plan(algorithm=Downpour())
    with pytest.raises(ConfigError, match="Plain has no window"):
        on_ranks(2, lambda communicator: run(plan, communicator=Plain(communicator)))


@pytest.mark.parametrize("algorithm", ["downpour", "easgd", "hogwild"])
def test_under_mpiexec(algorithm):
    found = run_ranks("-n", 2, *TRAIN, "--algorithm", algorithm, "--workers", 3, "--epochs", 3)
    assert (found.code, found.err) == (0, "")
    losses = [
        record["loss"] for line in found.out.splitlines() if "loss" in (record := json.loads(line))
    ]
    assert losses[-1] < losses[0]
    assert '"reproducible": false' in found.out


def test_over_tcp(tmp_path):
    port = free_port()
    ends = ended(started([
        (*TRAIN, "--algorithm", "downpour", "--workers", "2", "--epochs", "2",
         *flags(rank, 2, port, tmp_path / "key.pem"))
        for rank in range(2)
    ]))
    assert [(each.code, each.err) for each in ends] == [(0, "")] * 2
    assert '"reproducible": false' in ends[0].out


KILLED_WORKER = """
import sys
import numpy as np
from fastavg.training.algorithms.downpour import Downpour
from fastavg.training.observers.events import RoundFinished, WorkLost
from tests.training.faulty import KillsItself
from tests.training.runs import Recorder, run, small_plan
plan = small_plan(
    workers=4, solver=KillsItself(0.05, deaths=sys.argv[1]), algorithm=Downpour(push=2, fetch=2)
)
recorder = Recorder()
weights = run(plan, processes=2, communicator="mpi", observers=[recorder])
lost = sum(event.steps for event in recorder.of(WorkLost))
steps = sum(event.evaluations for event in recorder.of(RoundFinished))
whole = 4 * plan.total_steps(plan.sampler(100))
sys.stdout.write(f"{lost > 0} {steps + lost == whole} {np.isfinite(weights).all()}\\n")
"""


def test_a_killed_process_of_any_rank_is_counted_on_all(tmp_path):
    found = run_ranks("-n", 2, PYTHON, "-c", KILLED_WORKER, tmp_path / "deaths")
    assert (found.code, found.err) == (0, "")
    assert found.out == "True True True\n" * 2


def test_a_killed_rank_is_named_and_the_run_goes_on_from_its_checkpoint(tmp_path):
    options = (*TRAIN, "--algorithm", "easgd", "--workers", "3", "--epochs", "2", "--checkpoint",
               tmp_path / "run.checkpoint", "--checkpoint-every", "1")
    found = run_ranks(
        "-n", 3, *options,
        FASTAVG_FAILPOINT_LISTENER="tests.training.faulty:kill_rank_one", PYTHONPATH=str(ROOT),
    )
    assert found.code == 5
    assert re.fullmatch(r"fastavg: rank 1 \(process \d+\) .*; all ranks end\n", found.err)
    resumed = run_ranks("-n", 2, *options, "--resume", "auto")
    assert (resumed.code, resumed.err) == (0, "")
    rounds = [
        record["round"] for line in resumed.out.splitlines()
        if "round" in (record := json.loads(line))
    ]
    assert rounds[0] >= 2
