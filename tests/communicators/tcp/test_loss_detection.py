"""The end of a rank is noticed by all others, and they give the same cause."""

from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from fastavg.errors import RankLost
from tests.communicators.hosts import NotAllowed, do, two_hosts
from tests.communicators.mpiexec import PYTHON, finish, start_program
from tests.communicators.tcp.groups import on_ranks


def test_a_rank_that_fails_says_why_to_all_others():
    def go(communicator):
        if communicator.rank == 1:
            communicator.abort("the disk is full")
            return "failed"
        communicator.allreduce(np.ones(2))
        return "no error"

    errors = on_ranks(3, go)
    assert errors[1] == "failed"
    for error in (errors[0], errors[2]):
        assert isinstance(error, RankLost)
        assert (error.rank, error.raised) == (1, True)
        assert str(error).startswith(f"rank 1 (process {os.getpid()} on ")
        assert str(error).endswith(" failed: the disk is full")


def test_a_rank_that_leaves_early_is_named_by_who_waits_for_it():
    def go(communicator):
        if communicator.rank != 1:
            communicator.allreduce(np.ones(2))

    errors = on_ranks(3, go)
    assert errors[1] is None
    for error in (errors[0], errors[2]):
        assert isinstance(error, RankLost)
        assert "has ended, but" in str(error)
        assert "all ranks must make the same calls" in str(error)


def test_a_loss_is_told_of_while_a_rank_computes():
    told = [threading.Event() for _ in range(2)]

    def go(communicator):
        communicator.on_loss(lambda _: told[communicator.rank].set())
        if communicator.rank == 1:
            communicator.abort("no more")
            return None
        return told[communicator.rank].wait(10)

    assert on_ranks(2, go)[0] is True


def test_a_good_end_is_no_loss():
    told = []

    def go(communicator):
        communicator.on_loss(told.append)
        communicator.allreduce(np.ones(1))
        if communicator.rank:
            time.sleep(0.3)

    assert on_ranks(3, go) == [None] * 3
    assert told == []


FAR = """
import sys, time
import numpy as np
from fastavg.communicators import TCPCommunicator
from fastavg.errors import RankLost
rank, address, key = int(sys.argv[1]), sys.argv[2], sys.argv[3]
ranks = TCPCommunicator(f"{address}:29400", rank, 2, key)
buffer = np.ones(200_000)
ranks.allreduce(buffer)
sys.stdout.write(f"{buffer[0]:g}\\n")
sys.stdout.flush()
try:
    ranks.allreduce(buffer) if rank == 0 else time.sleep(90)
except RankLost as error:
    sys.stdout.write(str(error))
"""


def test_a_machine_that_is_gone_is_noticed(tmp_path):
    try:
        with two_hosts() as hosts:
            ranks = [
                start_program(
                    "ip", "netns", "exec", host.namespace, PYTHON, "-c", FAR, rank,
                    hosts[0].address, tmp_path / "key.pem",
                )
                for rank, host in enumerate(hosts)
            ]
            assert ranks[0].stdout.readline() == "2\n"
            do("ip", "-n", hosts[1].namespace, "link", "set", hosts[1].device, "down")
            near = finish(ranks[0], 60)
            ranks[1].kill()
            finish(ranks[1])
    except NotAllowed as reason:
        pytest.skip(f"network namespaces: {reason}")
    assert near.code == 0
    assert near.out.startswith("rank 1 (process ")
    assert near.out.endswith(" cannot be reached any more; all ranks end")
