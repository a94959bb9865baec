"""Seconds of a Hogwild step while another worker changes the same weights, on a machine in use.

    python -m bench.probes.shared_steps 500-300-150-7 128 [CALLS] [STEPS]

Two processes train on one vector, in calls of some steps.  A call counts if its process had the
processor all the time, and so did the other one beside it: the processor's seconds tell.  So
other work on the machine costs calls, and distorts none.
"""

from __future__ import annotations

import mmap
import os
import sys
import time

import numpy as np

from fastavg import SGD, Network
from fastavg.data.sampling import Batches
from fastavg.kernels.network.packing import repack
from fastavg.networks.workspace import Workspace
from fastavg.solvers import Job

ROWS, REPEATS = 4096, 3
# Of a call: seconds without the processor, and seconds with the other's calls beside it.
IDLE, BESIDE = 0.03, 0.93
SOLVER = SGD(1e-4, momentum=0.9)


def common(size, dtype):
    """Zeros that forked processes have in common."""
    return np.frombuffer(mmap.mmap(-1, size * np.dtype(dtype).itemsize), dtype, size)


class Trial:
    """A network, its rows, and weights that two processes change."""

    def __init__(self, sizes, batch, calls, steps):
        network, random = Network(sizes, "relu"), np.random.default_rng(0)
        self.batch, self.calls, self.steps = batch, calls, steps
        self.X = random.random((ROWS, sizes[0]), np.float32)
        self.Y = random.integers(0, sizes[-1], (ROWS, 1)).astype(np.float32)
        self.space = Workspace(network, batch, "float32", SOLVER.n_vectors)
        self.own, self.shared = self.space.theta, common(self.space.theta.size, np.float32)
        repack(
            self.space.dense, network.initial_weights(0), self.space.layers, self.shared
        )
        self.ready, self.log = common(2, np.int64), common(2 * calls * 3, np.float64)
        self.log = self.log.reshape(2, calls, 3)
        for copies in (False, True):
            SOLVER.train(self.jobs(copies, 0)[0])

    def jobs(self, copies, worker):
        """Jobs of some steps each; with copies, products do not read the shared weights."""
        self.space.theta = self.own if copies else self.shared
        if copies:
            self.own[:] = self.shared
        order, taken = np.random.default_rng(worker).permutation(ROWS), self.batch * self.steps
        return [
            Job(
                self.space, self.X, self.Y, np.zeros(0, np.float32),
                Batches(order, np.array([
                    [first + step * self.batch, self.batch] for step in range(self.steps)
                ])),
                0, 1000, 0, 1, self.batch, 0.0, shared=self.shared if copies else None,
            )
            for first in range(0, ROWS - taken + 1, taken)
        ]

    def seconds(self, copies, workers):
        """Of the calls that count."""
        self.ready[:], self.log[:] = 0, 0
        children = []
        for worker in range(workers):
            child = os.fork()
            if not child:
                self._train(copies, worker, workers)
                os._exit(0)
            children.append(child)
        for child in children:
            os.waitpid(child, 0)
        begun, ended, used = np.moveaxis(self.log, 2, 0)
        undisturbed = ended - begun - used < IDLE * (ended - begun)
        if workers == 1:
            return (ended - begun)[0, undisturbed[0]]
        found = []
        for one, other in ((0, 1), (1, 0)):
            starts, ends = begun[other, undisturbed[other]], ended[other, undisturbed[other]]
            for start, end in zip(
                begun[one, undisturbed[one]], ended[one, undisturbed[one]], strict=True
            ):
                both = np.minimum(ends, end) - np.maximum(starts, start)
                if both[both > 0].sum() > BESIDE * (end - start):
                    found.append(end - start)
        return np.array(found)

    def _train(self, copies, worker, workers):
        jobs = self.jobs(copies, worker)
        SOLVER.train(jobs[0])
        self.ready[worker] = 1
        while self.ready[:workers].sum() < workers:
            time.sleep(3e-4)
        for call in range(self.calls):
            begun, used = time.perf_counter(), time.process_time()
            SOLVER.train(jobs[call % len(jobs)])
            self.log[worker, call] = begun, time.perf_counter(), time.process_time() - used


def main(sizes, batch, calls="250", steps="1"):
    trial = Trial(tuple(map(int, sizes.split("-"))), int(batch), int(calls), int(steps))
    kinds = [(copies, workers) for copies in (False, True) for workers in (1, 2)]
    found = {kind: [] for kind in kinds}
    for _ in range(REPEATS):
        for kind in kinds:
            found[kind].append(trial.seconds(*kind))
    for (copies, workers), parts in found.items():
        seconds = np.concatenate(parts)
        middle = f"{1e3 * np.median(seconds) / int(steps):.3f} ms a step" if len(seconds) else "-"
        print(f"copies {copies}, workers {workers}: {middle}, {len(seconds)} calls", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
