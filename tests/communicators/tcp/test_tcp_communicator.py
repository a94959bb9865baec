"""Ranks that meet at an address: the promises, the same weights, the ends."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import time

import numpy as np
import psutil
import pytest

from fastavg.communicators import RunKey, TCPCommunicator
from fastavg.errors import ConfigError, RankMismatch
from tests.communicators.mpiexec import PYTHON, ROOT
from tests.communicators.on_mpi import ALL
from tests.communicators.tcp.groups import KEY, on_ranks
from tests.communicators.tcp.ranks import ended, flags, free_port, started
from tests.promises.test_ranks import alone, command, digest

LONG = ("--workers", "3", "--epochs", "500")


@pytest.mark.parametrize("size", [1, 3])
def test_promises(size, tmp_path):
    port = free_port()
    ends = ended(started([
        (PYTHON, "-W", "error", "-m", "tests.communicators.tcp.on_tcp", rank, size, port,
         tmp_path / "key.pem")
        for rank in range(size)
    ]))
    assert [(each.code, each.err) for each in ends] == [(0, "")] * size
    assert ends[0].out.split() == [promise.__name__ for promise in ALL]


def test_promises_of_two_and_four_ranks():
    for size in (2, 4):
        found = on_ranks(size, lambda communicator: [promise(communicator) for promise in ALL])
        assert found == [[None] * len(ALL)] * size


def train(size, port, key, *options):
    """The processes of ``fastavg train``, by rank."""
    return started([
        (*command(*options), *flags(rank, size, port, key)) for rank in range(size)
    ])


@pytest.mark.parametrize("size", [2, 3])
def test_weights_are_those_of_one_process(size, tmp_path):
    options = ("--workers", "5", "--processes", "1")
    ends = ended(train(size, free_port(), tmp_path / "key.pem", *options))
    assert [(each.code, each.err) for each in ends] == [(0, "")] * size
    assert digest(ends[0].out) == alone(*options)
    assert [each.out for each in ends[1:]] == [""] * (size - 1)


def at_work(process):
    """Wait until a rank has reported a round."""
    assert process.stdout.readline()


def test_a_killed_rank_ends_all(tmp_path):
    ranks = train(3, free_port(), tmp_path / "key.pem", *LONG)
    at_work(ranks[0])
    # The fork server and the workers of the rank end with it.
    os.kill(ranks[1].pid, signal.SIGKILL)
    ends = ended(ranks)
    assert [each.code for each in ends] == [5, -signal.SIGKILL, 5]
    for each in (ends[0], ends[2]):
        assert each.err.startswith(f"fastavg: rank 1 (process {ranks[1].pid} on ")
        assert each.err.endswith(" has died; all ranks end\n")
        assert each.err.count("\n") == 1


def test_an_interrupted_rank_ends_all(tmp_path):
    ranks = train(2, free_port(), tmp_path / "key.pem", *LONG)
    at_work(ranks[0])
    os.kill(ranks[1].pid, signal.SIGINT)
    ends = ended(ranks)
    assert [each.code for each in ends] == [5, 130]
    assert ends[0].err.startswith("fastavg: rank 1 (process ")
    # Where the end takes the main thread too long, another one says so.
    assert ends[0].err.endswith((" failed: interrupted\n", " failed: it was ended by a signal\n"))
    assert ends[1].err == "fastavg: interrupted\n"


def test_another_key_is_refused_and_the_run_unharmed(tmp_path):
    port, key, other = free_port(), tmp_path / "key.pem", tmp_path / "other.pem"
    RunKey.make().write(key)
    RunKey.make().write(other)
    options = ("--workers", "2")
    first = started([(*command(*options), *flags(0, 2, port, key))])
    stranger, = ended(started([(*command(*options), *flags(1, 2, port, other))]))
    second = started([(*command(*options), *flags(1, 2, port, key))])
    ends = ended([*first, *second])
    assert stranger.code == 3
    assert stranger.err == (
        f"fastavg: rank 0 at 127.0.0.1:{port} has another key than key file {other}; "
        "all ranks need the same\n"
    )
    assert [each.code for each in ends] == [0, 0]
    assert digest(ends[0].out) == alone(*options)
    assert "was refused: it does not have the key of this run" in ends[0].err
    assert ends[0].err.count("\n") == 1


USER = """
import sys
from fastavg import Execution, Network, Plan, train
from fastavg.communicators import TCPCommunicator
from fastavg.datasets import load_digits5k
rank, port, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ranks = TCPCommunicator(f"localhost:{port}", rank, 2, key)
class Strike:
    def on_event(self, event):
        if rank == 1 and type(event).__name__ == "RoundFinished":
            raise ValueError("struck by the test")
train(Network((400, 5, 10)), *load_digits5k(), Plan(workers=2, epochs=50),
      execution=Execution(communicator=ranks, observers=[Strike()]))
"""


def test_an_exception_in_a_users_script_is_told_to_the_others(tmp_path):
    port = free_port()
    ends = ended(started([
        (PYTHON, "-c", USER, rank, port, tmp_path / "key.pem") for rank in range(2)
    ]))
    assert [each.code for each in ends] == [1, 1]
    assert ends[0].err.endswith(" failed: ValueError: struck by the test\n")
    assert "fastavg.errors.RankLost: rank 1 (process " in ends[0].err


def test_the_documented_script_on_two_ranks(tmp_path):
    page = (ROOT / "docs" / "how-to" / "ranks-over-tcp.md").read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    code = code.replace('"run.pem"', repr(str(tmp_path / "run.pem")))
    rendezvous = f"localhost:{free_port()}"
    ends = ended([
        process for rank in range(2)
        for process in started(
            [(PYTHON, "-c", code)], RANK=str(rank), SIZE="2", RENDEZVOUS=rendezvous,
        )
    ])
    assert [(each.code, each.err) for each in ends] == [(0, "")] * 2
    assert float(ends[0].out) > 0.9
    assert ends[1].out == ""


def test_nothing_is_left_open():
    def sockets():
        return [each for each in psutil.Process().net_connections() if each.status != "TIME_WAIT"]

    before = sockets()
    on_ranks(3, lambda communicator: communicator.allreduce(np.ones(10)))
    deadline = time.monotonic() + 10
    while len(sockets()) > len(before) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert len(sockets()) <= len(before)


def test_a_call_after_the_end_is_refused():
    def go(communicator):
        communicator.close()
        communicator.allreduce(np.ones(1))

    for error in on_ranks(2, go):
        assert isinstance(error, RankMismatch)
        assert "makes a call after it has left the others" in str(error)


@pytest.mark.parametrize("rendezvous", ["", "host", "host:", ":1", "host:0", "host:x", "h:70000"])
def test_what_is_no_address_is_refused(rendezvous):
    with pytest.raises(ConfigError, match="it must be HOST:PORT of rank 0"):
        TCPCommunicator(rendezvous, 0, 1, KEY)


@pytest.mark.parametrize("rank", [-1, 2])
def test_a_rank_that_cannot_be_is_refused(rank):
    with pytest.raises(ConfigError, match=f"rank is {rank}; with 2 ranks it must be"):
        TCPCommunicator("localhost:1", rank, 2, KEY)


def test_ipv6_is_an_address():
    port = free_port()
    with contextlib.closing(TCPCommunicator(f"[::1]:{port}", 0, 1, KEY)) as communicator:
        assert communicator.size == 1
