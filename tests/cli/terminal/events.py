"""One event of every kind, for tests of what is shown of them."""

import numpy as np

from fastavg import Model, Network, Plan
from fastavg.training.observers.events import (
    CheckpointFailed,
    CheckpointWritten,
    Compiling,
    Finished,
    RoundFinished,
    Started,
    WorkerReplaced,
    WorkerSkipped,
    WorkLost,
)

NETWORK = Network((4, 3))
PLAN = Plan(workers=2, epochs=4, average_every=1, seed=7)
WEIGHTS = NETWORK.initial_weights(0)
MODEL = Model(NETWORK, WEIGHTS, np.arange(3))
NUMBERS = Model(Network((4, 1), output="identity"), WEIGHTS[:5])

COMPILING = Compiling("float32", 4.6)
STARTED = Started(NETWORK, PLAN, 100, 2, 1, PLAN.n_rounds)
REPLACED = WorkerReplaced(3, 1, 4711, "SIGKILL", 2)
IDLE = WorkerReplaced(3, None, 4711, "SIGSEGV", 1)
SKIPPED = WorkerSkipped(2, 1)
LOST = WorkLost(2, 1, 5)
WRITTEN = CheckpointWritten(8, "run.checkpoint", 0.25)
FAILED = CheckpointFailed(9, "run.checkpoint", "No space left on device")
FINISHED = Finished(4, 2.0)


def round_finished(round, loss=0.5, weights=WEIGHTS):
    return RoundFinished(
        round, 4, round + 1.0, loss, 50.0, 10, 0.25, 0.2, 0.125, 0.125, lambda: weights,
        last=round == 3,
    )
