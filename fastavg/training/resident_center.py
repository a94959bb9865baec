"""The center of a run whose only worker trains in this process: there is no second copy."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fastavg.averaging import Mean
from fastavg.averaging.reduction import ROUNDED
from fastavg.communicators import Communicator
from fastavg.data.sampling_schemes import BY_EPOCH
from fastavg.machine import failpoints
from fastavg.machine.shared_memory import Segment
from fastavg.plan.algorithm import local_sgd
from fastavg.plan.execution import Execution
from fastavg.solvers import MiniBatch
from fastavg.training.center import CenterBuffers, Vectors
from fastavg.training.observers.events import Observer
from fastavg.training.programs.resident_training import ResidentTraining
from fastavg.training.run import Run, is_large


class ResidentCenter(CenterBuffers):
    """Buffers without vectors: a worker that is alone holds them all.

    Parameters
    ----------
    run : Run
        Of one worker, for which :func:`can_stay`.
    """

    def __init__(self, run: Run) -> None:
        nothing = Segment.create(0, "private"), run.plan, 0, 1
        super().__init__(*nothing)
        # With buffers of its own: what refers to itself is not gone when it should be.
        self.resident = self.training = ResidentTraining(
            run, CenterBuffers(*nothing), range(1)
        )

    def center(self, round: int) -> Vectors:
        """A copy of the weights, (1, n_weights); see :meth:`CenterBuffers.center`."""
        weights: Vectors = self.training.weights(round)[None]
        return weights

    def begin(self, run: Run, communicator: Communicator) -> None:
        """Nothing: they are drawn before the first round; see :meth:`CenterBuffers.begin`."""

    def final_weights(self, round: int, published: Callable[[], Vectors]) -> Vectors:
        """Let the solver's state make room; see :meth:`CenterBuffers.final_weights`."""
        return self.training.release(round)


def can_stay(run: Run, execution: Execution, listeners: Sequence[Observer]) -> bool:
    """True if the weights of a run may stay where its only worker trains them.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        ``block_seconds`` 0 asks for rounds as several workers train them.
    listeners : sequence of Observer
        Observers and controllers.
    """
    plan = run.plan
    return (
        plan.workers == 1
        and is_large(run.network, plan)
        and bool(execution.block_seconds)
        and type(plan.algorithm) is type(local_sgd())
        and type(plan.averaging) is Mean
        and plan.reduction not in ROUNDED
        and plan.solver_state == "average"
        and isinstance(plan.solver, MiniBatch)
        and plan.solver.in_blocks
        # What is published is the weights themselves.
        and type(plan.solver).published is MiniBatch.published
        and not plan.steered
        and plan.sampling.name in BY_EPOCH
        and plan.loss_gap is None
        and failpoints.listener is None
        and not any(getattr(each, "wants_drift", False) for each in listeners)
    )
