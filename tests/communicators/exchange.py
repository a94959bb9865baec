"""What a communicator with ``alltoall`` and ``allgather`` must do; called by every rank."""

from __future__ import annotations

import numpy as np

from fastavg.communicators import Exchanger

DTYPES = (np.float32, np.float64, np.int64)
PARTS = (0, 1, 5, 20_011)


def can_exchange(communicator):
    assert isinstance(communicator, Exchanger)


def deals_out_every_part(communicator):
    size, rank = communicator.size, communicator.rank
    for dtype in DTYPES:
        for part in PARTS:
            place = np.arange(part) % 1000
            # What rank r sends to rank q says so.
            send = np.concatenate([place + 1000 * (100 * rank + q) for q in range(size)])
            send = send.astype(dtype)
            sent, receive = send.copy(), np.full(size * part, -1, dtype)
            communicator.alltoall(send, receive)
            expected = np.concatenate([place + 1000 * (100 * r + rank) for r in range(size)])
            assert (receive == expected.astype(dtype)).all()
            assert (send == sent).all()


def collects_every_part(communicator):
    size, rank = communicator.size, communicator.rank
    for dtype in DTYPES:
        for part in PARTS:
            buffer = np.full(size * part, -1, dtype)
            buffer[rank * part : (rank + 1) * part] = np.arange(part) % 1000 + 1000 * rank
            communicator.allgather(buffer)
            expected = np.concatenate([np.arange(part) % 1000 + 1000 * r for r in range(size)])
            assert (buffer == expected.astype(dtype)).all()


def exchanges_parts_of_larger_arrays(communicator):
    size, rank = communicator.size, communicator.rank
    whole = np.full(3 * size + 4, -1.0)
    inner = whole[2:-2]
    inner[3 * rank : 3 * rank + 3] = rank
    communicator.allgather(inner)
    assert inner.tolist() == np.repeat(np.arange(size), 3).tolist()
    assert whole[:2].tolist() == whole[-2:].tolist() == [-1, -1]
    received = np.full(3 * size + 2, -1.0)
    communicator.alltoall(inner, received[1:-1])
    assert received.tolist() == [-1, *[rank] * (3 * size), -1]


EXCHANGES = (
    can_exchange,
    deals_out_every_part,
    collects_every_part,
    exchanges_parts_of_larger_arrays,
)
