"""A session: everything around the rounds of an algorithm, written once.

.. code-block:: text

    open_session    ranks agree on the run --> shared memory --> team --> resume
    session.rounds  the rounds to come, until the plan ends or training is stopped
    session.run     orders out, reports in, of all workers of all ranks
    session.commit  count a round, tell observers, vote to stop, write a checkpoint
    session.blocks, session.commit_block     the same for many rounds at a time
    on an error     the last committed round is saved

The state between two rounds is committed: whatever happens in a round changes nothing
of it, and the rounds to come depend on nothing else.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import cast

import numpy as np
from numpy.typing import NDArray

from fastavg.averaging.rule import Averaging, Rule
from fastavg.communicators import Communicator
from fastavg.communicators.collectives import anybody, workers_of
from fastavg.kernels.warm_up import warm_up
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.failpoints import failpoint
from fastavg.plan.execution import Execution
from fastavg.plan.placement import processes_here, shares_workers
from fastavg.plan.precision import agreed_products
from fastavg.training.block_length import (
    BlockLength,
    blocks_fit,
    needs_block_memory,
)
from fastavg.training.blocks import Blocks, RoundTotals
from fastavg.training.center import CenterBuffers, open_buffers
from fastavg.training.checkpoints.contract import Store
from fastavg.training.checkpoints.periodic import file_store
from fastavg.training.controllers import Controller, Directive
from fastavg.training.controllers.steered_rounds import steering, timetable_of
from fastavg.training.drift import DriftMeter, drift_meter
from fastavg.training.gain import GainMeter, gain_meter
from fastavg.training.needed_kernels import needed_kernels
from fastavg.training.observers.events import (
    Event,
    Finished,
    Observer,
    Started,
    notify,
)
from fastavg.training.order_stream import gather
from fastavg.training.panel_memory import panel_bytes, wide_numbers
from fastavg.training.programs import Order, Report
from fastavg.training.programs.layer_products import compile_products
from fastavg.training.published import published
from fastavg.training.rescue import rescuing
from fastavg.training.resident_center import ResidentCenter, can_stay
from fastavg.training.round_events import round_events
from fastavg.training.run import Run, agree_on
from fastavg.training.stopwatch import Stopwatch
from fastavg.training.team.team import Team, open_team

Weights = NDArray[np.floating]


class Session:
    """An open run: what an algorithm works with.

    Parameters
    ----------
    run : Run
        Network, plan, rows and start.
    communicator : Communicator
        Between ranks.
    buffers : CenterBuffers
        The center and the slots.
    team : Team
        Carries out orders.
    execution : Execution
        With the processes of the team.
    listeners : sequence of Observer
        Observers and controllers.

    Attributes
    ----------
    workers : range
        The workers of this rank.
    processes : int
        Of the team.
    rounds : int
        Complete rounds.
    timetable : Timetable
        Which steps a round has.
    blocks : Blocks or None
        Trains short rounds in blocks; None if rounds are trained one by one.
    drift : DriftMeter or None
        Measures how far the workers are from their mean, if an observer asks.
    gain : GainMeter or None
        Compares averages with their workers, if the plan asks.
    team : Team
        Carries out orders.
    store : Store or None
        Keeps committed rounds.
    watch : Stopwatch
        Where the seconds go since the last commit.
    stopped_by : str
        Why training ended before its plan did and did not converge; empty otherwise.
    rule_states : array (2, n_vectors, n_weights)
        State of the averaging rule; that of a round is ``rule_states[round % 2]``.
    """

    def __init__(
        self, run: Run, communicator: Communicator, buffers: CenterBuffers, team: Team,
        execution: Execution, listeners: Sequence[Observer],
    ) -> None:
        plan = run.plan
        self.run, self.communicator, self.buffers = run, communicator, buffers
        self.workers = workers_of(communicator.rank, communicator.size, plan.workers)
        self.listeners = listeners
        self.rounds, self.stopped_by = 0, ""
        self.rule_states: Weights = buffers.rule_states
        self.sampler = run.sampler()
        self.timetable = timetable_of(plan, self.sampler, listeners)
        self.blocks: Blocks | None = None
        self.team, self.processes = team, execution.processes or 1
        self.execution = execution
        self._controllers = [each for each in listeners if isinstance(each, Controller)]
        self.store: Store | None = None
        self.drift: DriftMeter | None = None
        self.gain: GainMeter | None = None
        self._stopped = False
        self.watch, self._began = Stopwatch(), time.perf_counter()

    def begin(self, store: Store | None) -> None:
        """Start from the run's first weights, or from where ``store`` resumes.

        Parameters
        ----------
        store : Store or None
            Where the state of complete rounds is kept; None for nowhere.
        """
        run, communicator = self.run, self.communicator
        self.store = store
        self.tell(Started(
            run.network, run.plan, run.n_rows, self.processes, communicator.size,
            self.n_rounds,
        ))
        self.buffers.begin(run, communicator)
        if store is not None:
            self.rounds, self._stopped = store.resume(self)
        if blocks_fit(run, self.execution, self.listeners, communicator.size):
            self.blocks = Blocks(self, BlockLength(
                run, self.sampler, self.listeners, store, self.execution, self.timetable
            ))
        self.gain = gain_meter(run, communicator)
        self.drift = drift_meter(run.network, run.plan.workers, self.listeners, communicator)
        failpoint("started", self.rounds)

    @property
    def n_rounds(self) -> int:
        """Rounds in all, as far as is known."""
        return self.timetable.n_rounds

    def to_come(self) -> Iterator[int]:
        """The rounds that are still to be trained."""
        while self.rounds < self.n_rounds and not self._stopped:
            self.watch = Stopwatch()
            yield self.rounds

    def directive(self) -> Directive:
        """What the controllers want of the next round."""
        directive = Directive(self.run.plan.rate_factor)
        for controller in self._controllers:
            directive = controller.before_round(directive)
        return directive

    def train(self, program: str, round: int, active: int | None = None) -> list[Report]:
        """All workers of all ranks carry out a program for a whole round.

        Parameters
        ----------
        program : str
            One of :data:`fastavg.training.programs.PROGRAMS`.
        round : int
            Which round, from 0.
        active : int, optional
            So many workers take part, the first ones; all if not given.
        """
        first, stop = self.timetable.bounds(round, round + 1).tolist()
        factor = self.directive().rate_factor
        return self.carry_out([
            Order(program, round, worker, first, stop, factor) for worker in self.workers
            if active is None or worker < active
        ])

    def carry_out(self, orders: Sequence[Order]) -> list[Report]:
        """Carry out one order of every worker of this rank; the reports of all ranks.

        A collective: every rank calls it for the same program and round.

        Parameters
        ----------
        orders : sequence of Order
            One for every worker of this rank.

        Returns
        -------
        list of Report
            In worker order, the same on every rank.
        """
        began = time.perf_counter()
        reports = self.team.run(orders)
        failpoint("gathered", self.rounds)
        # Until the slowest rank is here, the others wait.
        everyone = gather(reports, self.run.plan.workers, self.communicator)
        self.watch.add(time.perf_counter() - began, reports, self.processes)
        return everyone

    def commit(
        self, loss: float, rows: float, evaluations: int, at_end: bool = False
    ) -> bool:
        """Make the next center real: ``buffers.center(round + 1)`` and the rule's state.

        Parameters
        ----------
        loss : float
            Summed loss of all rows of the round.
        rows : float
            Their summed weight.
        evaluations : int
            Steps or evaluations of all workers.
        at_end : bool
            True if ``loss`` is that of the next center itself.

        Returns
        -------
        bool
            True if no round is to follow.
        """
        return self.commit_block([RoundTotals(loss, rows, evaluations)], at_end)

    def commit_block(self, totals: Sequence[RoundTotals], at_end: bool = False) -> bool:
        """Make the next rounds real; the center after them is ``buffers.center(round + n)``.

        Observers are told of every round, in order.  The weights of all of them are those
        after the last one.

        Parameters
        ----------
        totals : sequence of RoundTotals
            Of each round.
        at_end : bool
            As for :meth:`commit`.

        Returns
        -------
        bool
            True if no round is to follow.
        """
        stop, late = self.rounds + len(totals), self._late()
        end, asked = stop == self.n_rounds, False
        for event in round_events(self, totals, late or end, at_end):
            asked = self.tell(event) or asked
        finished = anybody(asked or late or end, self.communicator)
        # From here on the rounds are complete, whatever happens.
        self.rounds, self._stopped = stop, finished
        failpoint("committed", stop - 1)
        if self.store is not None:
            self.store.commit(self, finished)
        return finished

    def published(self, round: int | None = None) -> Weights:
        """What is validated, saved and predicted with after that many rounds; a view.

        Parameters
        ----------
        round : int, optional
            Complete rounds; those of the session if not given.
        """
        round = self.rounds if round is None else round
        return published(
            self.run.plan, self.buffers.center(round), self.rule_states[round % 2]
        )

    def tell(self, event: Event) -> bool:
        """Tell all observers and controllers; True if one asks for the end of training.

        Parameters
        ----------
        event : Event
            What happened.
        """
        return notify(self.listeners, event)

    def _late(self) -> bool:
        limit = self.run.plan.stopping.max_seconds
        if limit is None:
            return False
        # Together, for what follows from the last round has to be the same on every rank.
        return anybody(time.perf_counter() - self._began > limit, self.communicator)


@contextlib.contextmanager
def open_session(
    run: Run, execution: Execution, controllers: Sequence[Controller] = (),
    store: Store | None = None,
) -> Iterator[Session]:
    """Open a session that is ready for its first round, and close all of it afterwards.

    Parameters
    ----------
    run : Run
        Network, plan, rows and first weights.
    execution : Execution
        Processes, ranks, checkpoints and observers.
    controllers : sequence of Controller
        Told of every event after the observers, and asked before every round.
    store : Store, optional
        Keeps the state of complete rounds, in place of the file of ``execution``.

    Raises
    ------
    Diverged
        If a worker's weights are no longer finite; holds the last published weights.
    RankMismatch
        If the ranks were given different settings or data.
    WorkerLost
        If processes die on the same order three times.
    ConfigError, DataError, FileDamaged
        If a checkpoint cannot be used.
    """
    plan, began = run.plan, time.perf_counter()
    with contextlib.ExitStack() as stack:
        ranks = execution.connect()
        if ranks is not execution.communicator:
            # After an error the other ranks may be anywhere: only a good end is waited for.
            stack.push(lambda kind, *error: ranks.close() if kind is None else None)
        listeners: Sequence[Observer] = (
            *execution.observers, *controllers, *steering(run, ranks)
        )
        tell = partial(notify, listeners)
        stack.enter_context(one_blas_thread())
        # Ranks that share a worker's parts carry them out themselves.
        at_once = 1 if shares_workers(plan, ranks) else plan.algorithm.parts
        processes = processes_here(execution.processes, plan.workers * at_once, ranks)
        workers = workers_of(ranks.rank, ranks.size, plan.workers)
        processes = max(at_once, min(processes, len(workers) * at_once))
        agree_on(run, ranks)
        products = agreed_products(plan, run.network, run.n_rows, ranks)
        averaging = plan.averaging
        if isinstance(averaging, Rule):
            averaging = cast("Averaging", averaging.for_network(run.network))
        run = replace(run, plan=replace(plan, products=products, averaging=averaging))
        compile_products(run)
        if ranks.size > 1:
            warm_up(plan.dtype, "ranks")
        if store is None:
            store = file_store(run, execution, ranks)
        if store is not None:
            stack.callback(store.close)
        execution = replace(execution, processes=processes)
        if store is None and processes == ranks.size == 1 and can_stay(run, execution, listeners):
            buffers: CenterBuffers = ResidentCenter(run)
            parts = []
        else:
            fit = blocks_fit(run, execution, listeners, ranks.size)
            wide = wide_numbers(run) if needs_block_memory(plan, fit) else 0
            own = plan.algorithm.shared_bytes(run.network, plan, len(workers))
            own += panel_bytes(run, len(workers)) if fit else 0
            n_weights = run.network.n_weights
            buffers = stack.enter_context(
                open_buffers(plan, n_weights, len(workers), processes, wide, own)
            )
            parts = needed_kernels(run, fit)
        team = stack.enter_context(open_team(run, buffers, workers, processes, tell, parts))
        session = Session(run, ranks, buffers, team, execution, listeners)
        with rescuing(session, store):
            session.begin(store)
            yield session
    tell(Finished(
        session.rounds, time.perf_counter() - began, session.stopped_by
    ))
