"""Rounds whose period is chosen on the way, by the plan's period controller.

.. code-block:: text

    stretch of equal rounds   | chosen anew | stretch of equal rounds | chosen anew | ...
    loss, drift, seconds -----------^
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.periods import Progress, Stretch
from fastavg.communicators import Communicator
from fastavg.data.period import period
from fastavg.data.sampling import Sampler
from fastavg.plan.plan import Plan
from fastavg.training.controllers.contract import Controller
from fastavg.training.observers.events import RoundFinished
from fastavg.training.run import Run
from fastavg.training.timetable import PlannedRounds, Timetable


class SteeredRounds(Controller):
    """The timetable of a plan whose period is not fixed.

    It knows the rounds of the stretch at hand alone, and its state is part of a checkpoint.

    Parameters
    ----------
    plan : Plan
        With the controller.
    sampler : Sampler
        Of its rows.
    communicator : Communicator
        Between ranks, which follow the first one where the clock decides.

    Attributes
    ----------
    wants_drift : bool
        True if the controller is told the drift.
    """

    weights_at: ClassVar[str] = "block"

    def __init__(self, plan: Plan, sampler: Sampler, communicator: Communicator) -> None:
        self._plan, self._communicator = plan, communicator
        self._per_epoch, self._total = sampler.steps_per_epoch, plan.total_steps(sampler)
        self._controller = plan.period
        self.wants_drift = self._controller.wants_drift
        steps = int(period(plan.average_every).bounds(0, 1, self._per_epoch)[-1])
        self._plain = max(1, min(steps, self._total))
        self._round = self._step = 0
        self._first_loss = math.nan
        self._stretch = self._controller.next(Progress(0, self._per_epoch, self._plain))
        self._sums = np.zeros(6)

    @property
    def n_rounds(self) -> int:
        """Rounds in all, if the period stays as it is."""
        return self._round + -(-(self._total - self._step) // self._stretch.period)

    @property
    def period(self) -> int:
        """Steps of the rounds to come."""
        return self._stretch.period

    def bounds(self, first: int, stop: int) -> NDArray[np.int64]:
        """Of rounds of this stretch; see :meth:`Timetable.bounds`."""
        rounds = np.arange(first, stop + 1, dtype=np.int64) - self._round
        return np.minimum(self._step + rounds * self._stretch.period, self._total)

    def epochs_after(self, rounds: int) -> float:
        """Of rounds of this stretch; see :meth:`Timetable.epochs_after`."""
        step = int(self.bounds(rounds, rounds)[0])
        return min(float(self._plan.epochs), step / self._per_epoch)

    def block_stop(self, round: int) -> int:
        """The end of the stretch; see :meth:`Timetable.block_stop`."""
        stop = min(self._round + self._stretch.rounds, self.n_rounds)
        # The drift at the end is measured outside of blocks, where it has the same bits always.
        return max(stop - self.wants_drift, round + 1)

    def shorten(self, round: int, factor: float) -> bool:
        """Let the rest of the stretch have shorter rounds; False if they have one step already.

        Parameters
        ----------
        round : int
            The first of them.
        factor : float
            Of the period, below 1.
        """
        old = self._stretch
        if old.period == 1:
            return False
        step, left = int(self.bounds(round, round)[0]), self._round + old.rounds - round
        new = max(1, min(int(old.period * factor), old.period - 1))
        self._round, self._step = round, step
        self._stretch = Stretch(new, max(1, -(-left * old.period // new)))
        return True

    def on_round(self, event: RoundFinished) -> None:
        """Count a round; after the last one of a stretch choose anew.

        See :meth:`Observer.on_round`.
        """
        done = event.round + 1
        step = int(self.bounds(done, done)[0])
        self._sums += (
            event.loss * event.rows, event.rows, event.averaging_seconds, event.training_seconds,
            1, event.steps,
        )
        if done < self._round + self._stretch.rounds and step < self._total:
            return
        loss, rows, averaging, training, rounds, steps = self._sums.tolist()
        loss = loss / rows if rows > 0 else math.nan
        if math.isnan(self._first_loss):
            self._first_loss = loss
        seconds = np.array([averaging / rounds, training / max(steps, 1)])
        if not self._controller.reproducible:
            self._communicator.broadcast(seconds)
        drift = math.nan if event.drift is None else event.drift
        progress = Progress(
            step, self._per_epoch, self._plain, self._stretch.period, loss, self._first_loss,
            drift, *seconds.tolist(),
        )
        self._round, self._step, self._sums = done, step, np.zeros(6)
        self._stretch = self._controller.next(progress)

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next periods depend on."""
        return {
            "round": self._round, "step": self._step, "stretch": list(self._stretch),
            "first_loss": self._first_loss, "sums": self._sums.tolist(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there; see :meth:`Stateful.load_state_dict`."""
        self._round, self._step = int(state["round"]), int(state["step"])
        self._stretch = Stretch(*(int(each) for each in state["stretch"]))
        self._first_loss = float(state["first_loss"])
        self._sums = np.array(state["sums"], np.float64)


def steering(run: Run, communicator: Communicator) -> list[SteeredRounds]:
    """What steers the rounds of a run; nothing if their period is fixed.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    communicator : Communicator
        Between ranks.
    """
    plan = run.plan
    return [SteeredRounds(plan, run.sampler(), communicator)] if plan.steered else []


def timetable_of(plan: Plan, sampler: Sampler, listeners: Sequence[Any]) -> Timetable:
    """Where the rounds of a run lie.

    Parameters
    ----------
    plan : Plan
        How to train.
    sampler : Sampler
        Of its rows.
    listeners : sequence of Observer
        Observers and controllers, with those of :func:`steering`.
    """
    found = (each for each in listeners if isinstance(each, SteeredRounds))
    return next(found, None) or PlannedRounds(plan, sampler)
