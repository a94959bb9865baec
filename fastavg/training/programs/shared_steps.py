"""Which workers on shared weights take their steps there and read a copy of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fastavg.solvers.minibatch import MiniBatch

if TYPE_CHECKING:
    from fastavg.training.run import Run


def takes_shared_steps(run: Run) -> bool:
    """True if several workers share their weights, and only the optimizer's loop changes them.

    Others, such as those whose columns are bounded after a step, read the shared weights.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    plan, rows = run.plan, run.rows
    return (
        plan.workers > 1 and getattr(plan.algorithm, "in_place", False)
        and isinstance(plan.solver, MiniBatch) and plan.solver.in_blocks
        and isinstance(rows.X, np.ndarray) and rows.lookups is None
        and not plan.regularization.active
    )
