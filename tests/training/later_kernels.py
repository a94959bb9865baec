"""Prints the kernels that a process of the team loads after its start, as JSON.

``python -m tests.training.later_kernels PLAN`` warms up what the fork server warms up, carries out
the orders of a short run in this process, and looks at what they load besides.
"""

from __future__ import annotations

import json
import sys

from fastavg.kernels.jit.kernel_dispatcher import KernelDispatcher
from fastavg.kernels.warm_up import warm_up
from fastavg.networks.network import Network
from fastavg.plan.execution import Execution
from fastavg.solvers.regularization import Regularization
from fastavg.training import session
from fastavg.training.programs import Programs
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

EVERY_STEP = {"average_every": "1 step"}
DROPOUT = {"regularization": Regularization(dropout=0.2)}
LARGE = Network((5, 300, 150, 3), "tanh", "softmax")
PLANS = {
    "one round at a time": (NETWORK, {}, 0.0),
    "rounds": (NETWORK, EVERY_STEP, 0.1),
    "rounds with dropout": (NETWORK, {**EVERY_STEP, **DROPOUT}, 0.1),
    "gradients": (NETWORK, {"algorithm": "gradient-averaging"}, 0.1),
    "gradients of a large network": (LARGE, {"algorithm": "gradient-averaging"}, 0.1),
    "a shared center": (NETWORK, {"algorithm": "easgd"}, 0.1),
    "whole samples": (NETWORK, {"algorithm": "lbfgs", "solver": "lbfgs", "batch_size": 0}, 0.1),
}


def main() -> None:
    later: list[str] = []
    carry_out, load, open_team = Programs.__call__, KernelDispatcher._compile_for_args, (
        session.open_team
    )
    at_work = False

    def watched(programs, order):
        nonlocal at_work
        at_work = True
        try:
            return carry_out(programs, order)
        finally:
            at_work = False

    def noted(kernel, *arguments, **others):
        if at_work:
            later.append(kernel.py_func.__name__)
        return load(kernel, *arguments, **others)

    def warm(run, buffers, workers, processes, tell, parts):
        for part in ("weights", *parts):
            warm_up(run.plan.dtype, part)
        return open_team(run, buffers, workers, processes, tell, parts)

    Programs.__call__, KernelDispatcher._compile_for_args = watched, noted
    session.open_team = warm
    network, changes, block_seconds = PLANS[sys.argv[1]]
    plan = small_plan(**changes)
    rows = data_for(network, 100, plan.dtype)
    train_run(
        Run(network, plan, rows, first_weights(network, plan)),
        Execution(1, block_seconds=block_seconds),
    )
    print(json.dumps(later))


if __name__ == "__main__":
    main()
