"""``python -m tests.communicators.tcp.on_tcp RANK SIZE PORT KEY``: every promise, on real ranks."""

from __future__ import annotations

import sys

from fastavg.communicators import TCPCommunicator
from tests.communicators.on_mpi import ALL

if __name__ == "__main__":
    rank, size, port, key = sys.argv[1:]
    communicator = TCPCommunicator(f"127.0.0.1:{port}", int(rank), int(size), key)
    for promise in ALL:
        promise(communicator)
        if communicator.rank == 0:
            sys.stdout.write(f"{promise.__name__}\n")
