"""A rank that fails, is killed or means another run takes all others with it, and says why once.

``FASTAVG_TEST_REPEATS`` repeats every case; twenty is what is promised.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from fastavg.datasets import load_digits5k
from tests.communicators.mpiexec import PYTHON, finish, run, start

REPEATS = range(int(os.environ.get("FASTAVG_TEST_REPEATS", "1")))
LONG = ("train", "--workers", "3", "--epochs", "500", "--hidden", "20", "--quiet")
STARTS = {
    "script": (PYTHON, os.path.join(os.path.dirname(sys.executable), "fastavg")),
    "module": (PYTHON, "-m", "fastavg_cli"),
}
# Strikes one rank as soon as three rounds are averaged; a stand-in for any failure there.
STRIKE = """
import os, signal
def act(name, round, worker):
    if name == "averaged" and round == 3 and os.environ.get("PMI_RANK") == os.environ["STRUCK"]:
        if os.environ["ACTION"] == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if os.environ["ACTION"] == "exit":
            os._exit(0)
        raise ValueError("struck by the test")
"""
USER = """
from fastavg import MLPClassifier
from fastavg.datasets import load_digits5k
X, y = load_digits5k()
MLPClassifier((20,), workers=3, max_iter=500, communicator="auto", random_state=0).fit(X, y)
"""


def ownerless_memory(but=frozenset(), seconds=5.0):
    """MPI's shared memory that keeps its name for so long, and that no process uses."""
    deadline = time.monotonic() + seconds
    # That of other runs has a name for a moment, and then none.
    while (found := _ownerless() - but) and time.monotonic() < deadline:
        time.sleep(0.1)
    return found


def _ownerless():
    named = {str(path) for path in Path("/dev/shm").glob("mpich_shm_*")}
    for maps in Path("/proc").glob("[0-9]*/maps"):
        with contextlib.suppress(OSError):
            text = maps.read_text()
            named = {name for name in named if name not in text}
    return named


@pytest.fixture
def struck(tmp_path):
    """The environment in which rank number ``who`` fails in a round."""
    (tmp_path / "strike.py").write_text(STRIKE)

    def environment(action, who):
        return {
            "FASTAVG_FAILPOINT_LISTENER": "strike:act", "ACTION": action, "STRUCK": str(who),
            "PYTHONPATH": str(tmp_path),
        }

    return environment


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize(("start", "who"), [("script", 0), ("module", 2)])
def test_an_exception_on_one_rank(start, who, struck, _repeat):
    ended = run("-n", 3, *STARTS[start], *LONG, **struck("raise", who))
    assert ended.code == 5
    assert ended.err == "fastavg: unexpected ValueError: struck by the test (--debug shows where)\n"
    assert ended.out == ""


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize("who", [0, 2])
def test_an_exception_in_a_users_script(who, struck, _repeat):
    ended = run("-n", 3, PYTHON, "-c", USER, **struck("raise", who))
    assert ended.code == 5
    assert ended.err.count("Traceback") == 1
    assert ended.err.endswith("ValueError: struck by the test\n")


def killed(rank, err):
    # The launcher may have done with the dead before anybody else could read the signal.
    end = "(was killed by signal 9|has died)"
    return re.fullmatch(rf"fastavg: rank {rank} \(process \d+\) {end}; all ranks end\n", err)


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize(("start", "who"), [("script", 0), ("module", 1), ("module", 2)])
def test_a_killed_rank(start, who, struck, _repeat):
    before = _ownerless()
    ended = run("-n", 3, *STARTS[start], *LONG, **struck("kill", who))
    assert (ended.code, ended.out) == (5, "")
    assert killed(who, ended.err)
    assert ownerless_memory(before) == set()


@pytest.mark.parametrize("_repeat", REPEATS)
def test_a_killed_users_script(struck, _repeat):
    ended = run("-n", 3, PYTHON, "-c", USER, **struck("kill", 1))
    assert (ended.code, ended.out) == (5, "")
    assert killed(1, ended.err)


# Strikes one rank while the command imports what it needs, before it has connected.
EARLY = """
import os, signal
if os.environ.get("PMI_RANK") == os.environ["STRUCK"]:
    if os.environ["ACTION"] == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    raise ValueError("struck by the test")
def act(name, round, worker):
    return
"""


@pytest.fixture
def struck_early(struck, tmp_path):
    """The environment in which rank number ``who`` fails before it has connected."""
    (tmp_path / "strike.py").write_text(EARLY)
    return struck


def test_a_rank_killed_before_it_has_connected(struck_early):
    ended = run("-n", 3, *STARTS["module"], *LONG, **struck_early("kill", 1))
    assert (ended.code, ended.out) == (5, "")
    assert killed(1, ended.err)


def guarded(launcher, rank):
    """The process of a rank as soon as its guardian is there."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            for process in psutil.Process(launcher).children(recursive=True):
                words = process.cmdline()
                places = [at for at, word in enumerate(words) if word.endswith("guardian.py")]
                if places and words[places[0] + 1] == str(rank):
                    return int(words[places[0] + 2])
        time.sleep(0.001)
    raise AssertionError("no guardian was seen")


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize(("command", "wait"), [
    ("script", 0.0), ("module", 0.02), ("script", 0.2), ("module", 1.0),
])
def test_a_rank_killed_while_it_starts(command, wait, _repeat):
    process = start("-n", 3, *STARTS[command], *LONG)
    victim = guarded(process.pid, 2)
    time.sleep(wait)
    os.kill(victim, signal.SIGKILL)
    ended = finish(process)
    assert (ended.code, ended.out) == (5, "")
    assert killed(2, ended.err)


FAILING = """
import os, time
from fastavg.communicators import connect
ranks = connect("auto")
if ranks.rank == 1: os.kill(os.getpid(), 9)
from mpi4py import MPI
import numpy as np
def lost(*arguments): raise MPI.Exception(MPI.ERR_OTHER)
ranks._comm = type("Comm", (), {"Allreduce": lost, "Bcast": lost, "rank": ranks.rank})()
ranks.allreduce(np.ones(3))
"""


def test_a_collective_that_fails_because_of_a_dead_rank_is_not_the_message():
    # MPI notices a lost connection sometimes, before or after the dead rank's guardian does.
    ended = run("-n", 3, PYTHON, "-c", FAILING)
    assert (ended.code, ended.out) == (5, "")
    assert killed(1, ended.err)


ABORTING = """
import os, time
from fastavg.communicators import connect
ranks = connect("auto")
if ranks.rank == 1:
    time.sleep(1)
    os.kill(os.getpid(), 9)
import numpy as np
def lost(*arguments):
    # What MPICH does when a copy from another process fails, for that process is gone.
    os.write(int(os.environ["PMI_FD"]), b"cmd=abort exitcode=677979279\\n")
    os._exit(15)
ranks._comm = type("Comm", (), {"Allreduce": lost, "rank": ranks.rank})()
ranks.allreduce(np.ones(3))
"""


def test_an_abort_by_the_library_is_not_the_message_of_a_dead_rank():
    # The survivors give up a second before the rank that they lose is dead.
    ended = run("-n", 3, PYTHON, "-c", ABORTING)
    assert (ended.code, ended.out) == (5, "")
    assert killed(1, ended.err)


def test_an_abort_by_the_library_alone_is_one_sentence():
    ended = run("-n", 3, PYTHON, "-c", ABORTING.replace("== 1", "== 7"))
    assert (ended.code, ended.out) == (5, "")
    assert re.fullmatch(
        r"fastavg: rank 0 \(process \d+\) lost its connection to the others in a collective; "
        r"all ranks end\n", ended.err,
    )


def test_a_collective_that_fails_for_a_reason_of_its_own_is():
    ended = run("-n", 3, PYTHON, "-c", FAILING.replace("== 1", "== 7"))
    assert ended.code == 1
    assert ended.err.rstrip().rpartition("\n")[2].startswith("mpi4py.MPI.Exception: ")


def test_an_error_before_the_rank_has_connected(struck_early):
    ended = run("-n", 3, *STARTS["module"], *LONG, **struck_early("raise", 1))
    assert (ended.code, ended.out) == (5, "")
    assert ended.err == "fastavg: unexpected ValueError: struck by the test (--debug shows where)\n"


def test_a_users_script_is_guarded_once_it_has_connected():
    program = (
        "import os, signal\n"
        "from fastavg.communicators import connect\n"
        "ranks = connect('auto')\n"
        "if ranks.rank == 1: os.kill(os.getpid(), signal.SIGKILL)\n" + USER
    )
    ended = run("-n", 3, PYTHON, "-c", program)
    assert (ended.code, ended.out) == (5, "")
    assert killed(1, ended.err)


def test_a_rank_that_exits_at_once(struck):
    ended = run("-n", 3, PYTHON, "-c", USER, **struck("exit", 1))
    assert (ended.code, ended.out) == (5, "")
    assert "left the others with exit code 0; all ranks end" in ended.err
    assert ended.err.count("\n") == 1


LEAVING = """
import sys
from fastavg import MLPClassifier
from fastavg.communicators import connect
from fastavg.datasets import load_digits5k
ranks = connect("auto")
class Leave:
    def on_event(self, event):
        if {here} and type(event).__name__ == "RoundFinished" and ranks.rank == 1: sys.exit(0)
if not {here} and ranks.rank == 1: sys.exit(0)
from fastavg import Execution, Network, Plan, train
X, y = load_digits5k()
train(Network((400, 5, 10)), X, y, Plan(workers=3, epochs=500),
      execution=Execution(communicator=ranks, observers=[Leave()]))
"""


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize("in_training", [True, False])
def test_a_rank_that_ends_while_others_wait(in_training, _repeat):
    ended = run("-n", 3, PYTHON, "-c", LEAVING.format(here=in_training))
    assert (ended.code, ended.out) == (5, "")
    assert re.fullmatch(
        r"fastavg: rank 1 has ended, but rank [02] waits for it; "
        r"all ranks must make the same calls\n", ended.err,
    )


def test_a_rank_may_end_before_the_others():
    program = USER.replace("500", "1") + (
        "import os, time\n"
        "if os.environ['PMI_RANK'] == '0': time.sleep(1)\n"
    )
    ended = run("-n", 3, PYTHON, "-W", "ignore", "-c", program)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_ranks_that_know_nothing_of_each_other_may_leave_as_they_like():
    program = "import fastavg, os, sys, time; time.sleep(int(os.environ['PMI_RANK'])); sys.exit(0)"
    ended = run("-n", 2, PYTHON, "-c", program)
    assert (ended.code, ended.out, ended.err) == (0, "", "")


@pytest.mark.parametrize("_repeat", REPEATS)
@pytest.mark.parametrize("start", STARTS)
def test_other_data_on_one_rank(start, tmp_path, _repeat):
    X, y = load_digits5k()
    np.savez(tmp_path / "a.npz", X=X, y=y)
    X = X.copy()
    X[17, 200] += 0.5
    np.savez(tmp_path / "b.npz", X=X, y=y)
    first, second = ((*STARTS[start], *LONG, tmp_path / name) for name in ("a.npz", "b.npz"))
    ended = run("-n", 2, *first, ":", "-n", 1, *second)
    assert ended.code == 5
    assert ended.err == (
        "fastavg: rank 2 was started with another data than rank 0; all ranks need the same\n"
    )


@pytest.mark.parametrize(("option", "value", "field"), [
    ("--seed", "7", "seed"), ("--hidden", "21", "network"),
    ("--set", "data.read_by=root", "read_by"),
])
def test_another_setting_on_one_rank(option, value, field):
    # More fields of the plan are in tests/training/test_session.py.
    same = (*STARTS["module"], *LONG)
    ended = run("-n", 1, *same, ":", "-n", 1, *same, option, value, ":", "-n", 1, *same)
    assert ended.code == 5
    assert ended.err == (
        f"fastavg: rank 1 was started with another {field} than rank 0; all ranks need the same\n"
    )


@pytest.mark.parametrize(("options", "code", "words"), [
    (("--epochs", "-1"), 3, "epochs is -1.0"),
    (("--no-such-option",), 2, "No such option"),
    (("/no/such/file.npz",), 3, "/no/such/file.npz"),
])
def test_a_mistake_that_all_ranks_share_is_said_once(options, code, words):
    ended = run("-n", 3, *STARTS["module"], "train", "--quiet", *options)
    assert ended.code == code
    assert ended.err.startswith("fastavg: ")
    assert words in ended.err
    assert ended.err.count("\n") == 1


def test_an_error_in_a_users_script_between_connecting_and_training():
    program = (
        "from fastavg.communicators import connect\n"
        "assert connect('auto').rank != 1, 'too early'\n" + USER
    )
    ended = run("-n", 3, PYTHON, "-c", program)
    assert ended.code == 5
    assert ended.err.count("Traceback") == 1
    assert "AssertionError: too early" in ended.err


def test_a_mistake_of_one_rank_in_its_options():
    usual = (*STARTS["module"], *LONG)
    ended = run("-n", 1, *usual, ":", "-n", 1, *usual, "--no-such-option")
    assert ended.code == 2
    assert ended.err.startswith("fastavg: No such option")
    assert ended.err.count("\n") == 1
