"""A vector that rank 0 serves: what was not sent is not there, and a lost server is named."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.errors import RankLost
from tests.communicators.tcp.groups import on_ranks


def test_what_a_lost_rank_has_added_stays():
    def one(communicator):
        window, values = communicator.window(np.zeros(9)), np.empty(9)
        if communicator.rank == 1:
            window.add(np.ones(9), values)
            # Its connection ends; the server goes on with the others.
            window.close()
        communicator.allreduce(np.zeros(1))
        if communicator.rank != 1:
            window.add(np.full(9, 10.0), values)
        communicator.allreduce(np.zeros(1))
        if communicator.rank == 0:
            window.read(values)
        if communicator.rank != 1:
            window.close()
        return values[0]

    assert on_ranks(3, one)[0] == 21


def test_a_lost_server_is_named():
    def one(communicator):
        window, values = communicator.window(np.zeros(9)), np.empty(9)
        if communicator.rank == 0:
            window.close()
        communicator.allreduce(np.zeros(1))
        if communicator.rank == 1:
            with pytest.raises(RankLost, match=r"^rank 0 \(.*keeps the weights") as found:
                window.add(values, values)
            assert found.value.rank == 0
            window.close()

    assert on_ranks(2, one) == [None, None]
