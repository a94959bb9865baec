"""A run without an end, trained one epoch a call on rows that change between calls.

Opening a session takes longer than a step over a single row; here it stays open.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from numpy.typing import NDArray

from fastavg.kernels.blas.openblas import private_openblas
from fastavg.kernels.numerics.subnormals import subnormals_are_zero
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.training.algorithms.local_sgd import LocalSGD
from fastavg.training.checkpoints.contract import Store
from fastavg.training.controllers import Controller
from fastavg.training.controllers.plateau import schedule_controllers
from fastavg.training.run import Run
from fastavg.training.session import open_session


def can_stream(plan: Plan) -> bool:
    """True if an epoch of this plan is whole rounds of model averaging, and needs no guard.

    Parameters
    ----------
    plan : Plan
        How to train.

    Examples
    --------
    >>> can_stream(Plan(average_every=2)), can_stream(Plan(average_every="4 steps"))
    (False, False)
    """
    # Elsewhere BLAS has one thread only while a session is open, which is nobody's wish
    # between two calls.
    return (
        plan.algorithm == LocalSGD() and plan.rounds_per_epoch is not None
        and not plan.steered and private_openblas() is not None
    )


class Stream:
    """An open session in this process.

    Parameters
    ----------
    run : Run
        Its rows' arrays are what every epoch reads; the caller fills them anew.
    controllers : sequence of Controller
        Told of every round.
    store : Store
        What to go on from, and what keeps the state after every epoch.
    """

    def __init__(self, run: Run, controllers: Sequence[Controller], store: Store) -> None:
        self.run, self._algorithm, self._stack = run, LocalSGD(), ExitStack()
        self._per_epoch = run.plan.rounds_per_epoch or 1
        self._session = self._stack.enter_context(open_session(
            run, Execution(processes=1), (*controllers, *schedule_controllers(run.plan)), store
        ))

    def epoch(self) -> NDArray[np.floating]:
        """Train one more epoch; a copy of the weights after it.

        Raises
        ------
        Diverged
            If they are no longer finite; the stream is closed then.
        """
        try:
            with subnormals_are_zero():
                self._train(self._session.rounds + self._per_epoch)
        except BaseException:
            self._stack.__exit__(*sys.exc_info())
            raise
        return self._session.published().copy()

    def _train(self, stop: int) -> None:
        session = self._session
        while session.rounds < stop:
            self._algorithm.rounds(session, session.rounds, stop)
