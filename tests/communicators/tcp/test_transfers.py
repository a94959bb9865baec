"""Parts of buffers over several connections at once."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import RankMismatch
from tests.communicators.tcp.groups import on_ranks


def test_long_messages_pass_in_both_directions_at_once():
    # Far more than the system holds on the way: ranks that only sent would wait for ever.
    def go(communicator):
        send = np.repeat(np.arange(3) + 10 * communicator.rank, 2_000_000)
        receive = np.empty_like(send)
        communicator.alltoall(send, receive)
        expected = np.repeat(10 * np.arange(3) + communicator.rank, 2_000_000)
        return bool((receive == expected).all())

    assert on_ranks(3, go) == [True] * 3


@pytest.mark.parametrize("calls", [
    (lambda c: c.allreduce(np.ones(4)), lambda c: c.allreduce(np.ones(3))),
    (lambda c: c.allreduce(np.ones(4)), lambda c: c.allreduce(np.ones(4, np.int64))),
    (lambda c: c.allreduce(np.ones(4)), lambda c: c.allreduce(np.ones(9999))),
    (lambda c: c.allgather(np.ones(2)), lambda c: c.alltoall(np.ones(2), np.ones(2))),
], ids=["length", "dtype", "way", "operation"])
def test_different_calls_end_all_ranks(calls):
    errors = on_ranks(2, lambda communicator: calls[communicator.rank](communicator))
    assert any(isinstance(error, RankMismatch) for error in errors)
    assert all("all ranks must make the same calls" in str(error) for error in errors)
