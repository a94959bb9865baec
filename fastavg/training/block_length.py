"""How many rounds the next block has.

A block is as long as its rounds take about a tenth of a second, so that a signal, an
observer or a lost process waits no longer.  It ends early where an observer needs the
weights or may end training, and where a checkpoint is due, and it has an odd number of rounds:
then its first round reads and its last one writes what they would outside a block.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fastavg.averaging.reduction import ROUNDED
from fastavg.data.emphasis import Emphasis
from fastavg.data.sampling import Sampler
from fastavg.machine import failpoints
from fastavg.plan.execution import Execution
from fastavg.plan.plan import Plan
from fastavg.solvers import MiniBatch
from fastavg.solvers.minibatch import FLOPS_PER_CALL
from fastavg.training.block_memory import MOST_ROUNDS
from fastavg.training.checkpoints.contract import Store
from fastavg.training.panel_memory import in_panels
from fastavg.training.run import Run
from fastavg.training.timetable import PlannedRounds, Timetable

# Blocks of a run whose drift somebody asks for, at least: it is measured at the end of each.
BLOCKS_WITH_DRIFT = 8
# Floating-point operations a second that a first guess counts on; few, for a first block is
# waited for the longest.
GUESS = 3e9


def blocks_fit(run: Run, execution: Execution, listeners: Sequence[Any], ranks: int) -> bool:
    """True if blocks of this run can be more than a round long, or have gradients in them.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        ``block_seconds`` 0 asks for rounds one by one.
    listeners : sequence of Observer
        Observers and controllers.
    ranks : int
        Ranks that train together; averages between them are no part of blocks.
    """
    kinds = run.plan.algorithm.blocks
    if run.plan.augment.active:
        # Rows are deformed between compiled calls.
        return False
    if ranks > 1 or not kinds or not isinstance(run.plan.solver, MiniBatch):
        return False
    return "gradients" in kinds or rounds_fit(run, execution, listeners)


def rounds_fit(run: Run, execution: Execution, listeners: Sequence[Any]) -> bool:
    """True if rounds of model averaging of this run can be put together in blocks.

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
    assert isinstance(plan.solver, MiniBatch)
    if run.rows.stream is not None:
        # A block holds the rows of all its steps.
        return False
    if run.rows.lookups is not None:
        # Blocks take the inputs of the first layer as they are.
        return False
    if not execution.block_seconds or failpoints.listener is not None:
        return False
    if plan.augment.active:
        # Rows are deformed between compiled calls.
        return False
    if isinstance(plan.sampling, Emphasis):
        # Rows are drawn between compiled calls.
        return False
    if plan.reduction in ROUNDED:
        # Changes are rounded where ranks would meet, between compiled calls.
        return False
    if plan.workers == 1 or plan.loss_gap is not None or plan.gain.rows:
        # There is nothing to average; or whom to leave out, or what the average is worth, is
        # known once all have reported.
        return False
    if not plan.solver.in_blocks or plan.averaging.in_block(plan.dtype) is None:
        return False
    sampler = run.sampler()
    steps = 0 if plan.steered else int(plan.bounds(sampler, 0, 1)[-1])
    # A round that training cuts into several calls is long enough as it is.
    if (steps + 1) * _flops_per_step(run, sampler) > FLOPS_PER_CALL:
        return False
    needs = _needs(listeners)
    rounds = plan.total_steps(sampler) if plan.steered else plan.rounds_of(sampler)
    together = 1 if "round" in needs else rounds
    if "epoch" in needs:
        together = min(together, sampler.steps_per_epoch // max(1, steps))
    return together > 1


def needs_block_memory(plan: Plan, fit: bool) -> bool:
    """True if a run needs the memory that the processes of a block share.

    Parameters
    ----------
    plan : Plan
        How to train.
    fit : bool
        :func:`blocks_fit`; gradient averaging between ranks has its steps there, too.
    """
    return fit or ("gradients" in plan.algorithm.blocks and isinstance(plan.solver, MiniBatch))


def lone_rounds_fit(run: Run) -> bool:
    """True if rounds by themselves are blocks, too, of a run whose rounds fit into blocks.

    Then nothing outside of blocks is needed: neither the steps of a worker's round nor the
    mean of the workers.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    """
    plan = run.plan
    # A steered round may become too long for a call that nothing interrupts.
    return (
        plan.algorithm.blocks == ("rounds",) and not plan.steered and not plan.beginning.active
    )


def _needs(listeners: Sequence[Any]) -> set[str]:
    return {getattr(listener, "weights_at", "round") for listener in listeners}


def block_kernels(run: Run) -> tuple[str, ...]:
    """The parts of the kernels that blocks of a run need, for ``warm_up``.

    Parameters
    ----------
    run : Run
        What is trained.
    """
    front = "regular " if run.plan.regularization.active else ""
    names = {"rounds": "blocks", "gradients": "panels" if in_panels(run) else "gradients"}
    return tuple(front + names[kind] for kind in run.plan.algorithm.blocks)


def _flops_per_step(run: Run, sampler: Sampler) -> int:
    return max(1, sampler.batch * run.network.flops_per_row)


class BlockLength:
    """Chooses the length of every block.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    sampler : Sampler
        Of its plan.
    listeners : sequence of Observer
        Observers and controllers.
    store : Store or None
        Says where checkpoints are due.
    execution : Execution
        How long a block may take, and the processes of the team.
    timetable : Timetable, optional
        Which steps a round has; that of the plan if not given.
    """

    def __init__(
        self, run: Run, sampler: Sampler, listeners: Sequence[Any], store: Store | None,
        execution: Execution, timetable: Timetable | None = None,
    ) -> None:
        self._timetable = timetable or PlannedRounds(run.plan, sampler)
        self._flops = _flops_per_step(run, sampler)
        self._store = store
        self._seconds, processes = execution.block_seconds, execution.processes or 1
        needs, kinds = _needs(listeners), run.plan.algorithm.blocks
        self._by_epoch = "epoch" in needs
        # Gradients are averaged in blocks in any case, if need be in blocks of a round.
        reset = "rounds" not in kinds and run.plan.solver_state == "reset"
        alone = "rounds" in kinds and not rounds_fit(run, execution, listeners)
        self._singly = "round" in needs or not self._seconds or reset or alone
        steps = max(1, self._timetable.period or int(run.plan.bounds(sampler, 0, 1)[-1]))
        self._each = steps * run.plan.workers * self._flops / GUESS / processes
        self._plain: int | None = None
        self._most = MOST_ROUNDS
        if "rounds" in kinds and any(getattr(each, "wants_drift", False) for each in listeners):
            self._most = min(MOST_ROUNDS, self._timetable.n_rounds // BLOCKS_WITH_DRIFT)

    def of(self, round: int, stop: int | None = None) -> int:
        """Rounds of the block that begins with ``round``; 1 for a round outside of blocks.

        Parameters
        ----------
        round : int
            Complete rounds.
        stop : int, optional
            The round that the block must end before.
        """
        if self._singly:
            return 1
        if (self._timetable.period + 1) * self._flops > FLOPS_PER_CALL:
            return 1
        if self._plain is not None and round > self._plain:
            self._plain = None
        most = min(
            max(1, self._most), max(1, int(self._seconds / self._each)),
            (self._timetable.n_rounds if stop is None else stop) - round,
        )
        if self._plain is not None:
            # A weight is not finite at the end of that round: it is trained on its own.
            most = min(most, max(1, self._plain - round))
        if self._store is not None and (due := self._store.due_after(round)) is not None:
            most = min(most, due - round)
        if self._by_epoch:
            most = min(most, self._until_epoch(round, most))
        return most - 1 + most % 2

    def _until_epoch(self, round: int, most: int) -> int:
        def epoch(rounds: int) -> int:
            return math.floor(self._timetable.epochs_after(rounds) + 1e-9)

        now = epoch(round)
        return next((n for n in range(1, most) if epoch(round + n) > now), most)

    def learn(self, rounds: int, seconds: float) -> None:
        """Rounds took so long: the next block is as long as they let it be.

        Parameters
        ----------
        rounds : int
            How many.
        seconds : float
            By the clock, for all of them.
        """
        self._each = max(seconds / rounds, 1e-7)

    def leave_out(self, round: int) -> None:
        """Let that round run outside of blocks.

        Parameters
        ----------
        round : int
            Which round, from 0.
        """
        self._plain = round
