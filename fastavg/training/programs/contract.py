"""What a process can be asked to do, and what it answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from fastavg.training.center import CenterBuffers
    from fastavg.training.run import Run



class Order(NamedTuple):
    """One piece of work; plain values, to travel on a pipe.

    Most orders are one worker's.  Those of a block go to all processes at the same time
    (:meth:`fastavg.training.team.team.Team.together`).

    Parameters
    ----------
    program : str
        Who does it; see :data:`fastavg.training.programs.PROGRAMS`.
    round : int
        The round that it belongs to.
    worker : int
        The logical worker whose work it is; in a block, the place of the process among all.
    first_step, stop_step : int
        The worker's steps, counted from the start of the run: from ``first_step`` up to
        but without ``stop_step``.
    rate_factor : float
        Factor on the learning rate.
    stop_round : int
        In a block, the round after its last one; 0 elsewhere.
    members : int
        In a block, the processes that take part; 0 elsewhere.
    part : int
        Which part of the worker's work, if several orders share it.
    period : int
        In a block, the steps of a round, the last one's aside; 0 where the plan says them.
    """

    program: str
    round: int
    worker: int
    first_step: int
    stop_step: int
    rate_factor: float = 1.0
    stop_round: int = 0
    members: int = 0
    part: int = 0
    period: int = 0


class Report(NamedTuple):
    """What became of an order; plain numbers, to travel on a pipe.

    Parameters
    ----------
    worker : int
        The order's.
    loss : float
        Summed loss of the rows, without penalties.
    weight : float
        Summed weight of the rows: their number, unless rows are weighted.
    evaluations : int
        Steps, or evaluations of an objective.
    finite : bool
        False if a number that was left in the slot is not finite.
    seconds, kernel_seconds : float
        Seconds in all, and those spent in compiled code.
    rounds : int
        Of a block: its complete rounds; fewer than ordered if the next one's weights are not
        finite, and ``ABORTED`` if a process was lost.
    """

    worker: int
    loss: float
    weight: float
    evaluations: int
    finite: bool
    seconds: float
    kernel_seconds: float
    rounds: int = 1


class Program(Protocol):
    """Carries out orders in one process; made once there, from the run and its buffers.

    An order is a pure function of the committed state that it reads: whoever carries it
    out, and however often, leaves the same bits in the worker's slot.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    buffers : CenterBuffers
        The run's centers and slots.
    workers : range
        The workers of this rank.
    """

    def __init__(self, run: Run, buffers: CenterBuffers, workers: range) -> None: ...

    def __call__(self, order: Order) -> Report:
        """Carry out an order; leave the result in the worker's slot."""
        ...
