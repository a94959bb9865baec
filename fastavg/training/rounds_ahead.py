"""Many rounds in one call, where one worker trains alone and nobody asks in between.

A round of a small network takes less time than Python takes around it.  Observers say how
many rounds they can do without the weights (:meth:`Observer.undisturbed_rounds`); so many
are trained at once, and then everybody is told of each.  The bits are those of rounds one
by one.
"""

from __future__ import annotations

import time
from functools import cached_property

import numpy as np

from fastavg.kernels.network.train_rounds import LOSS, SQUARES, WEIGHT
from fastavg.training.blocks import RoundTotals
from fastavg.training.programs.contract import Report
from fastavg.training.programs.local_training import LocalTraining
from fastavg.training.resident_center import ResidentCenter
from fastavg.training.run_ahead import most_rounds, undisturbed_rounds
from fastavg.training.session import Session


class RoundsAhead:
    """Trains the next rounds of a session at once.

    Parameters
    ----------
    session : Session
        An open run; :func:`~fastavg.training.run_ahead.runs_ahead` says if it may.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._plain: int | None = None
        self._most = most_rounds(session.run)

    @cached_property
    def _training(self) -> LocalTraining:
        # Made for the first rounds that are trained at once: long rounds never are, and its
        # memory is as large as several networks.
        session = self._session
        if isinstance(session.buffers, ResidentCenter):
            return session.buffers.training
        return LocalTraining(session.run, session.buffers, session.workers)

    def train(self) -> bool:
        """Train and commit the next rounds; False if the next one has to be trained by itself."""
        session = self._session
        plan, sampler, first = session.run.plan, session.sampler, session.rounds
        count = int(min(
            undisturbed_rounds(session.listeners), self._most, session.n_rounds - first
        ))
        if self._plain is not None:
            # A weight is not finite after that round: it is the session's to say so.
            count = min(count, self._plain - first)
        # One round is no gain, unless all is there for it and for no other way.
        if count < (1 if "_training" in self.__dict__ else 2):
            return False
        began = time.perf_counter()
        bounds = plan.bounds(sampler, first, first + count)
        figures = np.empty((count, 3))
        factor = session.directive().rate_factor
        complete = self._training.rounds(first, bounds, factor, figures)
        if complete < count:
            self._plain = first + complete
            return complete > 1 and self.train()
        seconds = time.perf_counter() - began
        session.watch.add(seconds, [Report(0, 0.0, 0.0, 0, True, seconds, seconds)], 1)
        session.commit_block([
            RoundTotals(loss, rows, taken, squares)
            for taken, (loss, rows, squares) in zip(
                np.diff(bounds).tolist(), figures[:, [LOSS, WEIGHT, SQUARES]].tolist(), strict=True
            )
        ])
        return True
