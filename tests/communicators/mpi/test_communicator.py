"""Ranks that are processes, started by mpiexec."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.communicators import on_mpi
from tests.communicators.exchange import EXCHANGES
from tests.communicators.mpiexec import PYTHON, ROOT, run
from tests.communicators.ranks import on_ranks

KEPT = [promise.__name__ for promise in on_mpi.ALL]


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_promises(size):
    ended = run("-n", size, PYTHON, "-W", "error", "-m", "tests.communicators.on_mpi")
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == KEPT


def test_promises_in_small_pieces():
    ended = run("-n", 3, PYTHON, "-m", "tests.communicators.on_mpi", 30_000)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.split() == KEPT


@pytest.mark.parametrize("size", [1, 2, 3, 4])
@pytest.mark.parametrize("promise", EXCHANGES)
def test_threads_exchange(promise, size):
    on_ranks(size, promise)


def test_a_broken_promise_ends_all_ranks():
    program = "from tests.communicators import on_mpi; c = on_mpi.MPICommunicator(); assert c.rank"
    ended = run("-n", 2, PYTHON, "-c", program + "; c.allreduce(on_mpi.np.ones(1))")
    assert ended.code == 5
    assert ended.err.count("AssertionError") == 1


@pytest.mark.parametrize("variable", ["OMPI_COMM_WORLD", "PMI", "MV2_COMM_WORLD"])
def test_a_launcher_of_another_library_is_refused(variable):
    # What such a launcher leaves in the environment; the library knows nothing of it.
    command = ["env", f"{variable}_SIZE=3", f"{variable}_RANK=0", PYTHON, "-m", "fastavg_cli",
               "train", "--epochs", "1"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 3
    assert "started 3 processes, but the MPI library" in done.stderr
    assert "sees 1" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_program_without_mpi4py_says_what_to_install():
    program = (
        "import sys; sys.modules['mpi4py'] = None\n"
        "from fastavg.communicators import connect\n"
        "from fastavg.errors import ConfigError\n"
        "try: connect('mpi')\n"
        "except ConfigError as error: sys.stdout.write(str(error))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "pip install 'fastavg[mpi]'" in done.stdout
