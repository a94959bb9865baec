"""L-BFGS over shards: one quasi-Newton method on the sum of all workers' objectives.

.. code-block:: text

    parent    theta ------------------.         sum of losses and gradients
                 |                    |               |
    workers   loss and gradient    loss and gradient  |
              of shard 0           of shard 1  ...    |
                 '--------------------'---------------'
              direction by L-BFGS, step length by its line search: the next theta
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.errors import ConfigError, Diverged
from fastavg.machine.blas_threads import one_thread_of_every_blas
from fastavg.networks.workspace import dense_table
from fastavg.plan.algorithm import ALGORITHMS
from fastavg.plan.plan import Plan
from fastavg.solvers import LBFGS
from fastavg.training.algorithms.contract import Synchronous
from fastavg.training.algorithms.mean_objective import MeanObjective

if TYPE_CHECKING:
    from fastavg.training.session import Session


@ALGORITHMS.member("lbfgs")
@dataclass(frozen=True)
class LBFGSOverShards(Synchronous):
    """L-BFGS on all rows at once; every worker evaluates its own part of them.

    Each iteration is a round.  Every rank runs the same iterations on the same sums, so
    nothing but sums travels.

    Notes
    -----
    Liu and Nocedal 1989; Byrd, Lu, Nocedal and Zhu 1995 (scipy's L-BFGS-B); the workers'
    share of it is that of Sandblaster (Dean et al. 2012).

    Examples
    --------
    >>> LBFGSOverShards().check(Plan(solver="lbfgs", batch_size=0))
    """

    whole_batch: ClassVar[bool] = True
    converges: ClassVar[bool] = True
    kernels: ClassVar[tuple[str, ...]] = ("search",)

    def check(self, plan: Plan) -> None:
        """Refuse plans whose objective changes from round to round; see :meth:`Algorithm.check`.

        Raises
        ------
        ConfigError
        """
        if not isinstance(plan.solver, LBFGS):
            raise ConfigError(f"algorithm is lbfgs and solver is {type(plan.solver).__name__}; "
                              "lbfgs goes with the solver lbfgs")
        if plan.sampling.name != "shards":
            raise ConfigError(
                f"sampling is {plan.sampling.name}; lbfgs needs the same rows in every iteration, "
                "which is shards"
            )

    def train(self, session: Session) -> None:
        """Iterate until L-BFGS converges, the plan ends or training is stopped.

        See :meth:`Algorithm.train`.
        """
        from scipy.optimize import minimize

        if next(session.to_come(), None) is None:
            return
        if session.rounds:
            raise ConfigError("lbfgs cannot go on from a checkpoint; its curvature pairs are "
                              "not part of it")
        descent = _Descent(session)
        with one_thread_of_every_blas():
            found: Any = minimize(
                descent.value_and_gradient, session.run.first_weights().astype(np.float64),
                jac=True,
                method="L-BFGS-B", callback=descent.iteration, options=descent.limits(),
            )
        descent.finish(found)


class _Descent:
    """One minimisation: the objective, and a commit after every iteration."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._mean = MeanObjective(session, 0)
        self._gradient = np.zeros(session.run.network.n_weights, session.run.plan.dtype)
        self._layers = dense_table(session.run.network)
        self._evaluations = 0
        self._rounds = session.to_come()
        next(self._rounds, None)

    def limits(self) -> dict[str, Any]:
        plan = self._session.run.plan
        solver = plan.solver
        assert isinstance(solver, LBFGS)
        return {"maxiter": self._session.n_rounds, "maxfun": solver.max_fun, "gtol": solver.tol,
                "maxcor": solver.history}

    def value_and_gradient(
        self, at: NDArray[np.float64]
    ) -> tuple[float, NDArray[np.float64]]:
        value = self._mean(at, self._gradient)
        if not np.isfinite(value):
            raise Diverged(self._session.rounds, None)
        return value, self._gradient.astype(np.float64)

    def iteration(self, intermediate_result: Any) -> None:
        """Commit what the iteration found; scipy ends where this raises StopIteration."""
        if self._commit(intermediate_result.x, float(intermediate_result.fun)):
            raise StopIteration
        next(self._rounds, None)

    def finish(self, found: Any) -> None:
        """Commit the end where it is not the last iteration's, and why it ended."""
        session = self._session
        center = session.buffers.center(session.rounds)[0]
        if not session.rounds or not np.array_equal(center, found.x.astype(center.dtype)):
            self._commit(found.x, float(found.fun))
        message = found.message if isinstance(found.message, str) else found.message.decode()
        session.stopped_by = message.lower() if found.status else ""
        limit = self.limits()["maxfun"]
        if not session.stopped_by and found.nfev >= limit:
            # Whatever scipy says of the last one: there were none left to do better.
            session.stopped_by = f"all {limit} evaluations of max_fun were used"

    def _commit(self, x: NDArray[np.float64], value: float) -> bool:
        from fastavg.kernels.network.dense import squared_weights

        session, mean = self._session, self._mean
        session.buffers.center(session.rounds + 1)[0] = x
        share = 0.5 * session.run.plan.regularization.l2 / mean.rows
        loss = value - share * float(squared_weights(self._layers, np.ascontiguousarray(x)))
        evaluations, self._evaluations = mean.evaluations - self._evaluations, mean.evaluations
        return session.commit(loss * mean.rows, mean.rows, evaluations, at_end=True)
