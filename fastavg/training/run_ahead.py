"""Whether rounds may be trained several at once, and how many."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fastavg.averaging import Mean
from fastavg.data.sampling_schemes import BY_EPOCH
from fastavg.machine import failpoints
from fastavg.plan.execution import Execution
from fastavg.solvers import MiniBatch
from fastavg.solvers.minibatch import FLOPS_PER_CALL
from fastavg.training.run import Run
from fastavg.training.session import Session

# Row numbers that are drawn for one call.
MOST_ROWS = 1 << 20


def runs_ahead(session: Session) -> bool:
    """True if this process trains for itself and may train several rounds at once.

    Parameters
    ----------
    session : Session
        An open run of model averaging.
    """
    return (
        session.processes == session.communicator.size == 1 and session.store is None
        and can_run_ahead(session.run, session.execution, session.listeners)
    )


def can_run_ahead(run: Run, execution: Execution, listeners: Sequence[Any]) -> bool:
    """True if rounds of model averaging may be trained several at once.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        ``block_seconds`` 0 asks for rounds one by one.
    listeners : sequence of Observer
        Observers and controllers.
    """
    plan = run.plan
    return (
        plan.workers == 1
        and not plan.steered
        and run.rows.stream is None
        and bool(execution.block_seconds)
        and plan.loss_gap is None
        and type(plan.averaging) is Mean
        and plan.sampling.name in BY_EPOCH
        and plan.solver_state == "average"
        and plan.stopping.max_seconds is None
        and not plan.regularization.active
        and not plan.augment.active
        and isinstance(plan.solver, MiniBatch)
        and plan.solver.same_at_every_step
        and failpoints.listener is None
        and undisturbed_rounds(listeners) > 1
    )


def most_rounds(run: Run) -> int:
    """Rounds of a worker that trains alone that one call may take; at least 1.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    """
    sampler = run.sampler()
    first, stop = run.plan.span(sampler, 0)
    rows = max(1, stop - first) * sampler.batch
    flops = rows * run.network.flops_per_row
    return max(1, int(min(FLOPS_PER_CALL // flops, MOST_ROWS // rows)))


def undisturbed_rounds(listeners: Sequence[Any]) -> float:
    """Rounds to come that nobody needs the weights of, and that nobody ends training after.

    Parameters
    ----------
    listeners : sequence of Observer
        Observers and controllers.
    """
    def rounds(listener: Any) -> float:
        asked = getattr(listener, "undisturbed_rounds", None)
        return asked() if asked is not None else 0

    return min(map(rounds, listeners), default=math.inf)
