"""What a run tells its observers: plain records, one hook for each kind.

The progress line, the JSON stream, the history and the callbacks are observers; no
algorithm knows any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.training.observers.bad_average import BadAverage
from fastavg.training.observers.checkpoint_events import CheckpointFailed as CheckpointFailed
from fastavg.training.observers.checkpoint_events import CheckpointWritten as CheckpointWritten


@dataclass(frozen=True)
class Started:
    """Training begins.

    Parameters
    ----------
    network : Network
        What is trained.
    plan : Plan
        How to train.
    n_rows : int
        Training rows.
    processes : int
        Processes of this rank.
    ranks : int
        Ranks that train together.
    n_rounds : int
        Rounds that the plan has.
    """

    network: Network
    plan: Plan
    n_rows: int
    processes: int
    ranks: int
    n_rounds: int = 1


@dataclass(frozen=True)
class Compiling:
    """The kernels are compiled first, once on this machine.

    Parameters
    ----------
    dtype : str
        ``float32`` or ``float64``.
    seconds : float
        About how long it takes.
    """

    dtype: str
    seconds: float = 0.0


@dataclass(frozen=True)
class RoundFinished:
    """A round is complete; its average is the new center.

    Parameters
    ----------
    round, n_rounds : int
        Which of how many, from 0.
    epoch : float
        Local epochs since the start of the run.
    loss : float
        Mean training loss of the round's rows, without penalties.
    rows : float
        Rows that were trained on, of all workers of all ranks.
    evaluations : int
        Steps or evaluations of all workers.
    training_seconds : float
        Spent in this rank's orders, divided by its processes.
    kernel_seconds : float
        The part of them spent in compiled code.
    averaging_seconds : float
        In the parent and between ranks.
    waiting_seconds : float
        The rest of the round.
    weights : callable
        Returns the published weights, a view that is valid until the next round ends; of a
        round inside a block, those at the block's end (:attr:`Observer.weights_at`).
    slowest_seconds : float
        The longest order: what training takes with a core for each worker.
    last : bool
        True if no further round will follow, as far as is known.
    at_end : bool
        True if ``loss`` is that of the published weights, False if it is the mean over the
        steps that led there.
    worker_seconds : sequence of float
        What the orders of each worker of this rank took, in worker order; empty if unknown.
    squared_weights : float or None
        Sum of the squared weights, biases left out, if training has it at hand.
    period : float
        Local epochs of the round.
    steps : int
        Of every worker in the round.
    gain : float or None
        How far the loss of the average lay below the mean of the workers' losses, on the rows of
        ``plan.gain``; None if the plan does not ask for it.
    drift : float or None
        How far the workers were from their mean when it was made: the root of their mean
        squared distance, as a part of the mean's length.  None if no observer asks for it
        (:attr:`Observer.wants_drift`), of one worker, of algorithms whose workers share their
        weights, and of rounds inside a block but the last.
    """

    round: int
    n_rounds: int
    epoch: float
    loss: float
    rows: float
    evaluations: int
    training_seconds: float
    kernel_seconds: float
    averaging_seconds: float
    waiting_seconds: float
    weights: Callable[[], NDArray[np.floating]]
    slowest_seconds: float = 0.0
    last: bool = False
    at_end: bool = False
    worker_seconds: Sequence[float] = ()
    squared_weights: float | None = None
    period: float = 0.0
    drift: float | None = None
    steps: int = 0
    gain: float | None = None


@dataclass(frozen=True)
class Validated:
    """An epoch has ended, and held-out rows were looked at.

    Parameters
    ----------
    epoch : float
        Epochs so far.
    loss : float
        Mean training loss of the epoch.
    score : float
        Of the held-out rows, higher is better; NaN where the loss alone is looked at.
    validation_loss : float
        Of the held-out rows.
    member, members : int, optional
        Which network of how many, from 0, where several are trained for a table.
    """

    epoch: float
    loss: float
    score: float
    validation_loss: float
    member: int | None = None
    members: int | None = None


@dataclass(frozen=True)
class WorkerReplaced:
    """A process died or hung; its order, if it had one, is carried out again.

    Parameters
    ----------
    round : int
        The round that was being trained.
    worker : int or None
        Whose order it was on; None for none.
    pid : int
        Of the lost process.
    cause : str
        Its signal or exit code, or how long it hung.
    processes : int
        Left now: a new one takes the place of the old, unless it was lost to a lack of
        memory.
    """

    round: int
    worker: int | None
    pid: int
    cause: str
    processes: int


@dataclass(frozen=True)
class WorkerSkipped:
    """The round's average was made without a worker.

    Parameters
    ----------
    round, worker : int
        Which round and which worker, both from 0.
    above : float or None
        How far its mean loss lay above the lowest worker's (``plan.loss_gap``); None for a
        worker whose weights are not finite.
    """

    round: int
    worker: int
    above: float | None = None


@dataclass(frozen=True)
class WorkLost:
    """A process of an asynchronous run died; what it had not pushed is lost, the run goes on.

    Parameters
    ----------
    round, worker : int
        Which round and which worker, both from 0.
    steps : int
        Steps of the worker that did not reach the center, at most.
    """

    round: int
    worker: int
    steps: int


@dataclass(frozen=True)
class CentersCombined:
    """The last centers were combined, and the mean compared with the best weights so far.

    Parameters
    ----------
    kind : str
        ``uniform`` or ``greedy``.
    centers : int
        How many centers are in the mean.
    score, before : float
        Of the held-out rows: with the mean, and without.
    taken : bool
        True if the model has the mean.
    """

    kind: str
    centers: int
    score: float
    before: float
    taken: bool


@dataclass(frozen=True)
class Finished:
    """Training is over.

    Parameters
    ----------
    rounds : int
        Complete rounds.
    seconds : float
        Since the start, resumed rounds not included.
    stopped_by : str
        What ended a method that has a goal of its own before it was reached; else empty.
    """

    rounds: int
    seconds: float
    stopped_by: str = ""


Event = (
    Started | Compiling | RoundFinished | Validated | WorkerReplaced | WorkerSkipped | WorkLost
    | BadAverage | CentersCombined | CheckpointWritten | CheckpointFailed | Finished
)


class Observer:
    """Listens to a run; override what you need.

    ``on_event`` is called for whatever has no hook of its own, and everything whose hook is not
    overridden.  An observer that also has ``state_dict()``, a dict of plain values and
    arrays, and ``load_state_dict(dict)`` goes on from a checkpoint as if the run had
    never been interrupted.

    Attributes
    ----------
    weights_at : str
        Short rounds run in blocks, and an observer is told of every one of them when its block
        ends.  A block ends where an observer needs it to: after every ``round``, so that the
        event's weights are that round's and training can end there, which is what every
        observer gets that does not say otherwise; at the end of every ``epoch``; or
        ``block``, wherever it suits.
    wants_drift : bool
        Whether the drift of the workers is to be measured; it takes about half as long as an
        average, and in blocks a two-hundredth of the run's time at most.

    Examples
    --------
    >>> class Losses(Observer):
    ...     def __init__(self):
    ...         self.values = []
    ...     def on_round(self, event):
    ...         self.values.append(event.loss)
    >>> Losses().values
    []
    """

    weights_at: ClassVar[str] = "round"
    wants_drift: bool = False

    def on_start(self, event: Started) -> None:
        """Training begins.

        Parameters
        ----------
        event : Started
            Network, plan and rows.
        """
        self.on_event(event)

    def on_round(self, event: RoundFinished) -> bool | None:
        """A round is complete; True ends training here.

        Parameters
        ----------
        event : RoundFinished
            Loss, times and weights of the round.
        """
        return self.on_event(event)

    def on_finish(self, event: Finished) -> None:
        """Training is over.

        Parameters
        ----------
        event : Finished
            Rounds and seconds in all.
        """
        self.on_event(event)

    def on_event(self, event: Event) -> bool | None:
        """Compiling, validated epochs, replaced and skipped workers, checkpoints.

        Parameters
        ----------
        event : Event
            What happened.
        """
        return None


    def undisturbed_rounds(self) -> float:
        """Rounds to come after which the weights are needed, or training may end; 0 at first.

        So many may be trained at once; the observer is told of each of them afterwards, and
        the event's weights are those of the last one.
        """
        return 0


HOOKS = {Started: "on_start", RoundFinished: "on_round", Finished: "on_finish"}


def notify(observers: Iterable[Any], event: Event) -> bool:
    """Tell every observer; True if one asks for the end of training.

    Parameters
    ----------
    observers : iterable
        Any objects with one or more of the hooks of :class:`Observer`.
    event : Event
        What happened.
    """
    # A list, not a generator: every observer is told, also after one has asked to stop.
    return any([_notify(observer, event) is True for observer in observers])  # noqa: C419


def _notify(observer: Any, event: Event) -> object:
    hook = getattr(observer, HOOKS.get(type(event), "on_event"), None)
    hook = hook or getattr(observer, "on_event", None)
    return hook(event) if hook is not None else None
