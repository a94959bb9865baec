"""The mean between ranks against a bare Allreduce of the same weights, in one run.

    mpiexec -n 2 python bench/campaigns/allreduce.py --weights 10000000 --workers-a-rank 1
    mpiexec -n 2 python bench/campaigns/allreduce.py --encrypted 127.0.0.1:29400

With ``--encrypted`` the same ranks are also connected by TCP, and make the exact mean over
that too.  ``bench/campaigns/encrypted.py`` does so between two hosts.

Ways take turns, so that a disturbance of the machine meets all of them; what is
written is the median of each and its ratio to the bare one.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time

import numpy as np
from mpi4py import MPI

from fastavg.averaging.reduction import Slots, combine
from fastavg.communicators import RunKey, TCPCommunicator
from fastavg.communicators.mpi.communicator import MPICommunicator


def by_tcp(rendezvous):
    """The same ranks by encrypted connections; MPI brings the key."""
    world = MPI.COMM_WORLD
    key = RunKey(world.bcast(RunKey.make().pem if world.rank == 0 else None))
    return TCPCommunicator(rendezvous, world.rank, world.size, key)


def ways(weights, workers, dtype, tcp):
    """Name and function of every way to be timed."""
    communicator = MPICommunicator()
    random = np.random.default_rng(communicator.rank)
    memory = random.standard_normal(workers * weights, np.float32).astype(dtype)
    slots = Slots(memory, np.arange(workers) * weights)
    shares = np.full(workers * communicator.size, 1 / (workers * communicator.size))
    out, bare = np.zeros(weights, dtype), memory[:weights].copy()
    found = {
        "bare": lambda: MPI.COMM_WORLD.Allreduce(MPI.IN_PLACE, bare),
        "exact": lambda: combine(slots, shares, out, communicator),
        "fast": lambda: combine(slots, shares, out, communicator, "fast"),
    }
    if tcp is not None:
        found["encrypted"] = lambda: combine(slots, shares, out, tcp)
    return found


def seconds(function):
    """The slowest rank's time; all ranks start together."""
    MPI.COMM_WORLD.Barrier()
    began = time.perf_counter()
    function()
    return MPI.COMM_WORLD.allreduce(time.perf_counter() - began, MPI.MAX)


def measure(weights, given, tcp):
    """The record of one size, the same on every rank."""
    workers, dtype, repeats = given.workers_a_rank, given.dtype, given.repeats
    timed = ways(weights, workers, dtype, tcp)
    found = {name: [] for name in timed}
    for repeat in range(repeats + 2):
        for name, function in timed.items():
            spent = seconds(function)
            if repeat >= 2:
                found[name].append(spent)
    medians = {name: statistics.median(values) for name, values in found.items()}
    return {
        "ranks": MPI.COMM_WORLD.size, "weights": weights, "dtype": dtype,
        "workers_a_rank": workers, "repeats": repeats, "seconds": medians,
        "ratio": {name: value / medians["bare"] for name, value in medians.items()},
    }


def main():
    """Time all ways in turn; rank 0 writes one JSON record for each size."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--weights", type=int, nargs="+", default=[10_000_000])
    options.add_argument("--workers-a-rank", type=int, default=1)
    options.add_argument("--dtype", default="float32")
    options.add_argument("--repeats", type=int, default=21)
    options.add_argument("--encrypted", metavar="HOST:PORT", help="of rank 0, for TCP")
    given = options.parse_args()
    tcp = by_tcp(given.encrypted) if given.encrypted else None
    for weights in given.weights:
        record = measure(weights, given, tcp)
        if MPI.COMM_WORLD.rank == 0:
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()
    if tcp is not None:
        tcp.close()


if __name__ == "__main__":
    main()
