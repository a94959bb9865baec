"""How long a team of so many processes takes to be ready, in a fresh interpreter.

``python -m bench.probes.team_start 8`` prints one JSON object of seconds: the imports, loading
the kernels, starting the team, and the first round of no steps.
"""

from __future__ import annotations

import json
import sys
import time


def main() -> None:
    processes = int(sys.argv[1])
    began = time.perf_counter()
    import numpy as np

    from fastavg import Execution, Network, Plan
    from fastavg.data.rows import Rows
    from fastavg.training.algorithms.local_sgd import LocalSGD
    from fastavg.training.run import Run
    from fastavg.training.session import open_session

    imported = time.perf_counter()
    from fastavg.kernels.warm_up import warm_up

    warm_up("float32")
    compiled = time.perf_counter()
    network = Network((400, 25, 10))
    plan = Plan(workers=processes, epochs=1e6, average_every=1e-9)
    X = np.zeros((5000, 400), np.float32)
    run = Run(network, plan, Rows(X, X[:, :1], X[:0, 0]), network.initial_weights(0))
    with open_session(run, Execution(processes)) as session:
        LocalSGD().round(session, next(session.to_come()))
        ready = time.perf_counter()
    print(json.dumps({
        "imports": imported - began, "kernels": compiled - imported, "team": ready - compiled,
    }))


if __name__ == "__main__":
    main()
