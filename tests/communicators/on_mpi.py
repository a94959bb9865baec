"""``mpiexec -n N python -m tests.communicators.on_mpi``: every promise, on real ranks.

Rank 0 writes the name of each promise that was kept by all.  An argument limits the
size of a message, so that small buffers travel in many pieces.
"""

from __future__ import annotations

import sys

import numpy as np

from fastavg.averaging.reduction import Slots, combine
from fastavg.communicators.collectives import workers_of
from fastavg.communicators.mpi.communicator import MPICommunicator
from tests.averaging.test_reduction import alone, problem
from tests.communicators.conformance import PROMISES, closing_twice_is_harmless
from tests.communicators.exchange import EXCHANGES
from tests.communicators.windows import WINDOWS

PROBLEMS = ((1, 9000, "f4"), (3, 50_000, "f4"), (8, 50_000, "f4"), (4, 50_000, "f8"))


def means_have_the_bits_of_one_rank(communicator):
    for workers, n, dtype in PROBLEMS:
        weights, shares = problem(workers, n, dtype)
        own = workers_of(communicator.rank, communicator.size, workers)
        out = np.empty(n, dtype)
        memory = weights[own.start : own.stop].reshape(-1)
        combine(Slots(memory, np.arange(len(own)) * n), shares, out, communicator)
        assert (out == alone(weights, shares)).all()


ALL = (*PROMISES, *EXCHANGES, *WINDOWS, means_have_the_bits_of_one_rank, closing_twice_is_harmless)

if __name__ == "__main__":
    communicator = MPICommunicator(**{"message_bytes": int(sys.argv[1])} if sys.argv[1:] else {})
    for promise in ALL:
        promise(communicator)
        if communicator.rank == 0:
            sys.stdout.write(f"{promise.__name__}\n")
