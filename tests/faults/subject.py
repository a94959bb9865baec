"""The program that the fault tests disturb: a short training run on the digits.

``python subject.py PROCESSES [CHECKPOINT]`` prints the SHA-256 of the weights and the
losses as JSON.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import replace

import numpy as np

from fastavg import Adam, Execution, Network, Plan
from fastavg.data.rows import Rows
from fastavg.datasets import load_digits5k
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from fastavg.training.team import supervised
from fastavg.training.train import train_run

# A run as short as this one would be over before its processes have started.
supervised.PATIENCE = 60.0
NETWORK = Network((400, 25, 10))
PLAN = Plan(workers=4, epochs=float(os.environ.get("SUBJECT_EPOCHS", "6")), average_every=0.5,
            solver=Adam(4e-3), seed=1,
            products=os.environ.get("SUBJECT_PRODUCTS", "float32"),
            augment=os.environ.get("SUBJECT_AUGMENT", "none"),
            reduction=os.environ.get("SUBJECT_REDUCTION", "exact"),
            solver_state=os.environ.get("SUBJECT_STATE", "average"))


def digits() -> Rows:
    """Half of the digits, in the plan's dtype."""
    X, y = load_digits5k()
    return Rows(
        np.ascontiguousarray(X[::2]), np.eye(10, dtype="f4")[y[::2]], np.zeros(0, "f4")
    )


def train(data, processes=1, checkpoints=None, observers=(), plan=PLAN):
    """One run: the weights' SHA-256 and the losses."""
    history = History()
    execution = Execution(processes, observers=(history, *observers))
    if checkpoints is not None:
        execution = replace(
            execution, checkpoint=checkpoints.path, checkpoint_every=checkpoints.every,
            resume=checkpoints.resume,
        )
    weights = train_run(Run(NETWORK, plan, data, NETWORK.initial_weights(plan.seed)), execution)
    return {
        "sha256": hashlib.sha256(weights.tobytes()).hexdigest(),
        "losses": history.losses,
    }


def main() -> None:
    processes, *rest = sys.argv[1:]
    checkpoints = Checkpoints(rest[0], every=1, resume="auto") if rest else None
    print(json.dumps(train(digits(), int(processes), checkpoints)))


# As if there were no guard: a child that imported the main module again would train again.
if __name__ in ("__main__", "__mp_main__"):
    main()
