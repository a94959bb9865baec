"""Change-over: gradient averaging first, model averaging later.

Early in training the workers' weights go far apart within a few steps, and an average of
them gives less than a step along their mean gradient; later it gives as much, or more.

.. code-block:: text

    epoch 0 ......... change .................................... end
    gradients of every step averaged | weights averaged every round
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from fastavg.errors import ConfigError, Diverged
from fastavg.options import POSITIVE, check_options, option
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.gradient_steps_of_ranks import GradientSteps
from fastavg.training.algorithms.local_sgd import LocalSGD

if TYPE_CHECKING:
    from fastavg.training.session import Session


@ALGORITHMS.member("post-local-sgd")
@dataclass(frozen=True)
class PostLocalSGD(Synchronous):
    """Gradient averaging up to a local epoch, model averaging from then on.

    Parameters
    ----------
    change : float
        Local epochs after which weights are averaged instead of gradients, from the next round on;
        above 0.

    Notes
    -----
    Lin, Stich, Patel and Jaggi 2020, "Don't use large mini-batches, use local SGD".  The
    optimizer's state goes on through the change, and is averaged afterwards.

    Examples
    --------
    >>> PostLocalSGD(change=2).check(Plan(workers=4, solver="sgd"))
    """

    blocks: ClassVar[tuple[str, ...]] = ("gradients", "rounds")

    change: float = option(1.0, check=POSITIVE, unit="local epochs")

    def __post_init__(self) -> None:
        check_options(self)

    def check(self, plan: Plan) -> None:
        """Refuse what only one of the two can do; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        if not isinstance(plan.solver, MiniBatch):
            raise ConfigError(
                f"solver is {type(plan.solver).__name__}; post-local-sgd goes with optimizers "
                "such as sgd or adam"
            )
        if plan.solver_state != "average":
            raise ConfigError(
                f"solver_state is {plan.solver_state}; post-local-sgd goes with average, for its "
                "first part has one state for all workers"
            )
        if plan.averaging.in_block(plan.dtype) is None:
            raise ConfigError(
                f"averaging is {type(plan.averaging).__name__}, which counts rounds from the "
                "first; post-local-sgd goes with mean, slowmo, fedavgm, bmuf and diloco"
            )

    def train(self, session: Session) -> None:
        """Train round by round, short rounds in blocks; see :meth:`Algorithm.train`."""
        plan, local, steps = session.run.plan, LocalSGD(), None
        rounds = range(session.n_rounds)
        change = next(
            (r for r in rounds if plan.epochs_after(r, session.sampler) >= self.change - 1e-9),
            session.n_rounds,
        )
        for round in session.to_come():
            if round >= change:
                if session.blocks is None or not session.blocks.train("rounds"):
                    local.round(session, round)
            elif session.blocks is not None:
                if not session.blocks.train("gradients", alone=True, stop=change):
                    raise Diverged(round, None)
            else:
                steps = steps or GradientSteps(session)
                totals = steps.round(round)
                if not np.isfinite(session.buffers.center(round + 1)[0]).all():
                    raise Diverged(round, None)
                session.commit(*totals)
