"""A run that is broken off and resumed ends in the same bits."""

from __future__ import annotations

import threading
from dataclasses import replace

import numpy as np
import pytest

from fastavg import (
    SGD,
    Adam,
    ConfigError,
    DataError,
    FileDamaged,
    Network,
    Plan,
    Schedule,
    ScheduleFreeAdamW,
)
from fastavg.averaging import SlowMo
from fastavg.communicators.threaded import ThreadedCommunicator
from fastavg.data.rows import Rows
from fastavg.data.sampling_schemes import Resample
from fastavg.kernels.vectorized.target import multiplies_bfloat16
from fastavg.plan.execution import Execution
from fastavg.training.algorithms.easgd import EASGD
from fastavg.training.checkpoints.file import load_checkpoint
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import (
    CheckpointFailed,
    CheckpointWritten,
    Event,
    RoundFinished,
)
from fastavg.training.observers.history import History
from tests.training.runs import Recorder, train_rounds

NETWORK = Network((6, 5, 3))
PLAN = Plan(workers=4, epochs=3, average_every=0.5, batch_size=8, solver=Adam(1e-2), seed=3)
PLANS = {
    "average": PLAN,
    "reset": replace(PLAN, solver_state="reset", solver=SGD(0.1)),
    "keep": replace(PLAN, solver_state="keep"),
    "slow momentum": replace(PLAN, averaging=SlowMo()),
    "schedule-free": replace(PLAN, solver=ScheduleFreeAdamW(1e-2, Schedule(warmup=1))),
    "cosine": replace(PLAN, sampling=Resample(0.5)),
    "replicas": replace(
        PLAN, workers=2, solver=SGD(0.1), algorithm=EASGD("simulated", period=2)
    ),
    "deformed": replace(PLAN, augment={"name": "digits", "shape": (2, 3)}),
}
if multiplies_bfloat16():
    PLANS["bfloat16"] = replace(PLAN, products="bfloat16")


def rows(n: int = 90) -> Rows:
    random = np.random.default_rng(5)
    X = random.normal(size=(n, 6)).astype("f4")
    return Rows(X, np.eye(3, dtype="f4")[random.integers(0, 3, n)], np.zeros(0, "f4"))


class BreakOff:
    """Ends a run by an error after some rounds, as Ctrl-C would."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    def on_event(self, event: Event) -> None:
        if isinstance(event, RoundFinished) and event.round == self.rounds:
            raise KeyboardInterrupt


def run(plan, processes=1, communicator=None, observers=(), checkpoints=None, data=None):
    start = NETWORK.initial_weights(plan.seed)
    return train_rounds(
        NETWORK, plan, data or rows(), start, processes, communicator, observers, checkpoints
    )


def run_ranks(plan, size, path, **arguments):
    """The same with ranks that are threads; every rank's weights or error."""
    group, results = ThreadedCommunicator.group(size), [None] * size

    def rank(communicator):
        try:
            results[communicator.rank] = run(plan, communicator=communicator, **arguments)
        except BaseException as error:
            results[communicator.rank] = error
            communicator.close()

    threads = [threading.Thread(target=rank, args=(communicator,)) for communicator in group]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.mark.parametrize("name", PLANS)
def test_broken_off_at_every_round_and_resumed_ends_in_the_same_bits(name, tmp_path):
    plan, straight = PLANS[name], History()
    wanted = run(plan, observers=[straight]).tobytes()
    for rounds in range(plan.n_rounds):
        path = tmp_path / f"{rounds}"
        with pytest.raises(KeyboardInterrupt):
            run(plan, observers=[History(), BreakOff(rounds)], checkpoints=Checkpoints(path))
        assert load_checkpoint(path).state.rounds == rounds
        history = History()
        resumed = run(plan, observers=[history], checkpoints=Checkpoints(path, resume="auto"))
        assert resumed.tobytes() == wanted
        assert history.losses == straight.losses
        assert load_checkpoint(path).finished


@pytest.mark.parametrize("name", PLANS)
def test_resumed_with_other_processes_and_ranks(name, tmp_path, nothing_left):
    plan = PLANS[name]
    wanted = run(plan).tobytes()
    for rounds, processes, ranks in ((2, 2, 1), (3, 3, 1), (1, 1, 2), (4, 1, 3)):
        path = tmp_path / f"{rounds}"
        with pytest.raises(KeyboardInterrupt):
            run(plan, observers=[BreakOff(rounds)], checkpoints=Checkpoints(path))
        again = Checkpoints(path, resume="auto")
        if ranks == 1:
            assert run(plan, processes, checkpoints=again).tobytes() == wanted
        else:
            found = run_ranks(plan, ranks, path, checkpoints=again)
            assert [weights.tobytes() for weights in found] == [wanted] * ranks


@pytest.mark.parametrize("name", PLANS)
def test_ranks_write_what_one_process_resumes(name, tmp_path):
    plan, path = PLANS[name], tmp_path / "run"
    wanted = run(plan).tobytes()
    run_ranks(plan, 2, path, checkpoints=Checkpoints(path, every=2), observers=[BreakOff(4)])
    assert load_checkpoint(path).state.rounds == 4
    assert run(plan, checkpoints=Checkpoints(path, resume=path)).tobytes() == wanted


def test_every_so_many_rounds(tmp_path):
    recorder, path = Recorder(), tmp_path / "run"
    run(PLAN, observers=[recorder], checkpoints=Checkpoints(path, every=4))
    assert [event.rounds for event in recorder.of(CheckpointWritten)] == [4, 6]


def test_a_finished_run_is_not_trained_again(tmp_path):
    path, recorder = tmp_path / "run", Recorder()
    first = run(PLAN, checkpoints=Checkpoints(path))
    again = run(PLAN, observers=[recorder], checkpoints=Checkpoints(path, resume="auto"))
    assert again.tobytes() == first.tobytes()
    assert recorder.of(RoundFinished) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seed": 4}, "plan.seed is 3 there and 4 here"),
        ({"workers": 5}, "plan.workers is 4 there and 5 here"),
        ({"solver": Adam(2e-2)}, "plan.solver.learning_rate is 0.01 there and 0.02 here"),
        ({"averaging": SlowMo()}, "plan.averaging.kind is Mean there"),
        ({"dtype": "float64"}, "plan.dtype is float32 there and float64 here"),
    ],
)
def test_another_plan_is_refused_by_field(change, field, tmp_path):
    path = tmp_path / "run"
    run(PLAN, checkpoints=Checkpoints(path))
    with pytest.raises(ConfigError, match=field):
        run(replace(PLAN, **change), checkpoints=Checkpoints(path, resume="auto"))


def test_other_rows_are_refused(tmp_path):
    path, data = tmp_path / "run", rows()
    run(PLAN, data=data, checkpoints=Checkpoints(path))
    data.X[17, 2] += 1e-6
    with pytest.raises(ConfigError, match=r"rows\.sha256"):
        run(PLAN, data=data, checkpoints=Checkpoints(path, resume="auto"))


def test_two_runs_on_one_file_are_kept_apart(tmp_path):
    path = tmp_path / "run"

    class Second:
        said = ""

        def on_event(self, event):
            if isinstance(event, RoundFinished) and event.round == 2:
                with pytest.raises(ConfigError, match="belongs to another run") as error:
                    run(PLAN, checkpoints=Checkpoints(path, resume="auto"))
                self.said = str(error.value)

    second = Second()
    run(PLAN, observers=[second], checkpoints=Checkpoints(path, every=1))
    assert str(path) in second.said
    run(PLAN, checkpoints=Checkpoints(path))


def test_an_unfinished_run_is_not_overwritten(tmp_path):
    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(PLAN, observers=[BreakOff(2)], checkpoints=Checkpoints(path))
    with pytest.raises(ConfigError, match="not finished; resume=auto"):
        run(PLAN, checkpoints=Checkpoints(path))


def test_a_folder_that_goes_away_costs_a_warning(tmp_path):
    folder, recorder = tmp_path / "folder", Recorder()
    folder.mkdir()

    class Remove:
        def on_event(self, event):
            if isinstance(event, RoundFinished) and event.round == 1:
                (folder / "run").unlink()
                folder.rmdir()

    weights = run(PLAN, observers=[recorder, Remove()], checkpoints=Checkpoints(folder / "run", 1))
    assert weights.tobytes() == run(PLAN).tobytes()
    assert [event.rounds for event in recorder.of(CheckpointFailed)] == [2, 3, 4, 5, 6]


@pytest.mark.parametrize("place", ["missing/run", "."])
def test_an_impossible_place_is_refused_at_the_start(place, tmp_path):
    with pytest.raises(ConfigError, match=r"does not exist|is a folder"):
        run(PLAN, checkpoints=Checkpoints(tmp_path / place))


def test_nothing_to_resume(tmp_path):
    with pytest.raises(DataError, match="No such file"):
        run(PLAN, checkpoints=Checkpoints(resume=tmp_path / "none"))
    auto = Checkpoints(tmp_path / "none", resume="auto")
    assert run(PLAN, checkpoints=auto).tobytes() == run(PLAN).tobytes()


def test_a_flipped_byte_is_refused(tmp_path):
    path = tmp_path / "run"
    run(PLAN, checkpoints=Checkpoints(path))
    data = bytearray(path.read_bytes())
    data[-3] ^= 1
    path.write_bytes(data)
    with pytest.raises(FileDamaged):
        run(PLAN, checkpoints=Checkpoints(path, resume="auto"))


@pytest.mark.parametrize("every", ["soon", 0, "0s", "-3s", "infs"])
def test_an_impossible_interval_is_refused(every):
    with pytest.raises(ConfigError, match="give rounds"):
        Checkpoints("run", every=every)


def test_each_rank_writes_where_that_is_asked_for(tmp_path):
    plan = PLANS["keep"]
    wanted = run(plan).tobytes()
    group, results = ThreadedCommunicator.group(2), [None] * 2

    def rank(communicator):
        path = tmp_path / f"{communicator.rank}"
        checkpoints = Checkpoints(path, every=1, each=True)
        results[communicator.rank] = run(
            plan, communicator=communicator, checkpoints=checkpoints
        ).tobytes()

    threads = [threading.Thread(target=rank, args=(communicator,)) for communicator in group]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [wanted] * 2
    # They are the same file: any rank can go on from any of them.
    assert (tmp_path / "0").read_bytes() == (tmp_path / "1").read_bytes()
    assert load_checkpoint(tmp_path / "1").finished


def test_an_execution_says_who_writes(tmp_path):
    asked = Execution(checkpoint=tmp_path / "a", checkpoint_by="each")
    assert Checkpoints.of(asked).each
    assert not Checkpoints.of(Execution(checkpoint=tmp_path / "a")).each
    with pytest.raises(ConfigError, match="checkpoint_by"):
        Execution(checkpoint_by="nobody")
