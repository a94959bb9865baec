"""The session: who is told what, who stops a run, and what a committed round is."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.averaging import SlowMo
from fastavg.communicators import LocalCommunicator
from fastavg.errors import Diverged, RankMismatch
from fastavg.plan.execution import Execution
from fastavg.plan.stopping_rule import Stopping
from fastavg.solvers import SGD
from fastavg.training.algorithms.local_sgd import LocalSGD, average
from fastavg.training.checkpoints.in_memory import InMemory
from fastavg.training.controllers.contract import Controller, Directive
from fastavg.training.observers.events import Compiling, Finished, RoundFinished, Started
from fastavg.training.observers.history import History
from fastavg.training.programs import Order
from fastavg.training.run import Run
from fastavg.training.session import agree_on, open_session
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, Recorder, data_for, first_weights, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def make(plan=None, n=100):
    plan = plan or small_plan(workers=4)
    return Run(NETWORK, plan, data_for(NETWORK, n, plan.dtype), first_weights(NETWORK, plan))


def alone(observers=()):
    return Execution(1, LocalCommunicator(), observers=tuple(observers))


@pytest.mark.parametrize("processes", [1, 2])
def test_observers_are_told_of_every_round_in_order(processes):
    recorder, history = Recorder(), History()
    plan = small_plan()
    centers = []

    class Centers:
        def on_event(self, event):
            if isinstance(event, RoundFinished):
                centers.append(event.weights().copy())

    weights = run(plan, processes=processes, observers=[recorder, history, Centers()])
    # Kernels that no run before has needed are told of first.
    told = [event for event in recorder.events if not isinstance(event, Compiling)]
    assert [type(event) for event in told] == [Started] + [RoundFinished] * 4 + [Finished]
    started, *rounds, finished = told
    assert (started.n_rows, started.processes, started.ranks) == (100, processes, 1)
    assert [event.round for event in rounds] == [0, 1, 2, 3]
    assert [event.epoch for event in rounds] == [0.5, 1.0, 1.5, 2.0]
    # Two epochs of 100 rows each.
    assert sum(event.rows for event in rounds) == 200
    assert all(event.evaluations > 0 for event in rounds)
    assert all(
        min(event.training_seconds, event.kernel_seconds, event.averaging_seconds,
            event.waiting_seconds) >= 0
        for event in rounds
    )
    assert finished.rounds == 4
    assert finished.seconds > 0
    assert (centers[-1] == weights).all()
    assert history.losses == [event.loss for event in rounds]
    assert history.total("rows") == 200


def test_an_observer_ends_training_and_all_others_are_still_told():
    class Stops:
        def on_event(self, event):
            return isinstance(event, RoundFinished) and event.round == 1

    recorder = Recorder()
    weights = run(small_plan(), observers=[Stops(), recorder])
    assert [event.round for event in recorder.of(RoundFinished)] == [0, 1]
    assert recorder.of(Finished)[0].rounds == 2
    # The plan of one epoch is the first half of the plan of two.
    assert (weights == run(small_plan(epochs=1))).all()


def test_more_processes_than_workers_are_as_many_as_workers():
    recorder = Recorder()
    run(small_plan(workers=2), processes=7, observers=[recorder])
    assert recorder.of(Started)[0].processes == 2


def test_nothing_of_a_round_is_real_before_its_commit():
    recorder = Recorder()
    with open_session(make(), alone([recorder])) as session:
        start = session.published().copy()
        round = next(session.to_come())
        reports = session.train("train", round)
        average(session, round, reports)
        # The next center is written, and neither counted nor published.
        assert session.rounds == 0
        assert (session.published() == start).all()
        assert (session.published(1) != start).any()
        assert recorder.of(RoundFinished) == []
        assert session.commit(3.0, 2.0, 7) is False
        assert session.rounds == 1
        assert (session.published() == session.published(1)).all()
    (event,) = recorder.of(RoundFinished)
    assert (event.round, event.loss, event.rows, event.evaluations) == (0, 1.5, 2.0, 7)
    assert (event.last, event.at_end) == (False, False)
    assert recorder.of(Finished)[0].rounds == 1


def test_the_last_round_of_the_plan_says_so():
    recorder = Recorder()
    with open_session(make(), alone([recorder])) as session:
        LocalSGD().train(session)
    assert [event.last for event in recorder.of(RoundFinished)] == [False, False, False, True]


def test_reports_come_in_worker_order_on_every_rank():
    def rank(communicator):
        with open_session(make(), Execution(1, communicator)) as session:
            orders = [Order("train", 0, worker, 0, 1) for worker in reversed(session.workers)]
            return [report.worker for report in session.carry_out(orders)]

    assert on_ranks(3, rank) == [[0, 1, 2, 3]] * 3


class Halves(Controller):
    def before_round(self, directive):
        return replace(directive, rate_factor=directive.rate_factor / 2)


def test_controllers_are_asked_one_after_the_other():
    with open_session(make(), alone(), [Halves(), Halves()]) as session:
        assert session.directive() == Directive(rate_factor=0.25)


def test_a_controller_changes_the_learning_rate_of_a_round():
    weights = []
    for rate, controllers in ((0.2, [Halves()]), (0.1, [])):
        plan = small_plan(workers=4, solver=SGD(rate, momentum=0))
        with open_session(make(plan), alone(), controllers) as session:
            LocalSGD().train(session)
            weights.append(session.published().copy())
    assert weights[0].tobytes() == weights[1].tobytes()


def test_a_time_that_is_over_ends_training_with_the_round():
    recorder = Recorder()
    run(small_plan(stopping=Stopping(max_seconds=1e-9)), observers=[recorder])
    assert [(event.round, event.last) for event in recorder.of(RoundFinished)] == [(0, True)]


class Rescues(InMemory):
    rounds = None

    def rescue(self, session):
        self.rounds = session.rounds


def interrupt_in_round(session, last):
    for round in session.to_come():
        if round == last:
            session.train("train", round)
            raise KeyboardInterrupt
        LocalSGD().round(session, round)


def test_an_error_saves_the_last_committed_round():
    store = Rescues()
    opened = open_session(make(), alone(), store=store)
    with pytest.raises(KeyboardInterrupt), opened as session:
        interrupt_in_round(session, 2)
    assert store.rounds == 2


def diverge_in_round_1(session):
    LocalSGD().round(session, next(session.to_come()))
    raise Diverged(1, 0)


def test_divergence_carries_the_last_published_weights():
    centers = []

    class Keep:
        def on_round(self, event):
            centers.append(event.weights().copy())

    with pytest.raises(Diverged) as seen, open_session(make(), alone([Keep()])) as session:
        diverge_in_round_1(session)
    assert (seen.value.weights == centers[0]).all()


def test_no_finish_is_told_after_an_error():
    recorder = Recorder()
    with pytest.raises(ZeroDivisionError), open_session(make(), alone([recorder])):
        raise ZeroDivisionError
    assert [type(event) for event in recorder.events] == [Started]


def test_rule_states_of_two_rounds_are_apart():
    plan = small_plan(workers=2, averaging=SlowMo())
    with open_session(make(plan), alone()) as session:
        LocalSGD().round(session, next(session.to_come()))
        assert session.rule_states.shape == (2, 1, NETWORK.n_weights)
        assert (session.rule_states[0] == 0).all()
        assert (session.rule_states[1] != 0).any()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        *(
            (lambda run, other=other: replace(run, plan=replace(run.plan, **other)), *other)
            for other in (
                {"seed": 9}, {"epochs": 3.0}, {"dtype": "float64"}, {"reduction": "fast"},
                {"batch_size": 9},
            )
        ),
        (lambda run: replace(run, start=run.start + 1), "start"),
        (lambda run: replace(run, rows=replace(run.rows, X=run.rows.X + 1)), "data"),
    ],
)
def test_ranks_with_different_runs_are_told_which_part_differs(change, field):
    def rank(communicator):
        given = make()
        with pytest.raises(RankMismatch, match=field):
            agree_on(change(given) if communicator.rank == 1 else given, communicator)
        return communicator.rank

    assert on_ranks(3, rank) == [0, 1, 2]


def test_ranks_with_the_same_run_agree():
    assert on_ranks(3, lambda communicator: agree_on(make(), communicator)) == [None] * 3
