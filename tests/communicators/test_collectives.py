"""What ranks do together: who runs which worker, votes, and bytes for all."""

from __future__ import annotations

import pytest

from fastavg.communicators.collectives import (
    anybody,
    broadcast,
    failing_together,
    gather_values,
    workers_of,
)
from fastavg.errors import ConfigError, DataError
from tests.communicators.ranks import on_ranks


@pytest.mark.parametrize("workers", [1, 2, 7, 8, 100])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 16])
def test_every_worker_has_one_rank_and_ranks_have_equal_shares(size, workers):
    shares = [workers_of(rank, size, workers) for rank in range(size)]
    assert [worker for share in shares for worker in share] == list(range(workers))
    lengths = [len(share) for share in shares]
    assert max(lengths) - min(lengths) <= 1


@pytest.mark.parametrize("asking", [set(), {0}, {2}, {0, 1, 2}])
def test_one_vote_counts_for_all(asking):
    votes = on_ranks(3, lambda communicator: anybody(communicator.rank in asking, communicator))
    assert votes == [bool(asking)] * 3


@pytest.mark.parametrize("data", [b"", b"a", bytes(range(256)) * 1000])
def test_all_ranks_get_the_bytes_of_rank_0(data):
    def send(communicator):
        return broadcast(data if communicator.rank == 0 else None, communicator)

    assert on_ranks(3, send) == [data] * 3


@pytest.mark.parametrize("root", [1, 2])
def test_another_rank_can_send(root):
    def send(communicator):
        return broadcast(bytes([communicator.rank]) * 9, communicator, root)

    assert on_ranks(3, send) == [bytes([root]) * 9] * 3


def test_what_other_ranks_hold_is_not_read():
    def send(communicator):
        return broadcast(b"root" if communicator.rank == 0 else b"something else", communicator)

    assert on_ranks(3, send) == [b"root"] * 3


def test_every_rank_has_the_values_of_all():
    def values(communicator):
        return gather_values([communicator.rank, "é" * communicator.rank], communicator)

    assert on_ranks(3, values) == [[[0, ""], [1, "é"], [2, "éé"]]] * 3


@pytest.mark.parametrize("error", [DataError("no rows"), ConfigError("no such column")])
def test_the_failure_of_one_rank_is_that_of_all(error):
    def work(communicator):
        try:
            with failing_together(communicator):
                if communicator.rank == 1:
                    raise error
        except type(error) as raised:
            return str(raised)

    assert on_ranks(3, work) == [f"{error} (on rank 1)", str(error), f"{error} (on rank 1)"]


def test_work_that_succeeds_goes_on():
    def work(communicator):
        with failing_together(communicator):
            return communicator.rank

    assert on_ranks(2, work) == [0, 1]
