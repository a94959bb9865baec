"""Early stopping: what is kept of every epoch, and when training ends."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastavg.plan.stopping_rule import Stopping
from fastavg.training.controllers.contract import Directive
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.observers.events import Finished, RoundFinished
from fastavg.training.train import train_run
from tests.training.runs import first_weights, run, small_plan


def finished(round, loss, epoch, rows=10.0, last=False, at_end=False, weights=None):
    if weights is None:
        weights = np.full(2, float(round))
    return RoundFinished(
        round, 9, epoch, loss, rows, 1, 0, 0, 0, 0, lambda: weights, last=last, at_end=at_end
    )


def feed(stopping, losses):
    """Epochs of one round each until one ends training; how many there were."""
    for round, loss in enumerate(losses):
        if stopping.on_round(finished(round, loss, round + 1)):
            return round + 1
    return None


@pytest.mark.parametrize(
    ("patience", "tol", "losses", "ends"),
    [
        (1, 0.0, [3, 2, 2.5, 2.4], 4), (2, 0.0, [3, 2, 2.5, 2.4, 1.9, 2, 2, 2], 8),
        (1, 0.5, [3, 2.8, 2.6], 3), (math.inf, 0.0, [1] * 50, None),
        (1, 0.0, [3, math.nan, math.nan, 2], None),
    ],
)
def test_it_ends_after_patience_epochs_without_a_gain(patience, tol, losses, ends):
    stopping = EarlyStopping(Stopping(patience=patience, tol=tol))
    assert feed(stopping, losses) == ends
    assert stopping.converged is (ends is not None)
    assert stopping.losses[: len(losses)] == pytest.approx(losses[:ends], nan_ok=True)


def test_the_loss_of_an_epoch_is_the_mean_over_its_rows():
    stopping = EarlyStopping(Stopping())
    stopping.on_round(finished(0, 1.0, 0.5, rows=30))
    assert stopping.losses == []
    stopping.on_round(finished(1, 3.0, 1.0, rows=10))
    assert stopping.losses == [1.5]
    # An epoch that the run's end cuts short counts as one.
    stopping.on_round(finished(2, 2.0, 1.5, last=True))
    assert (stopping.losses, stopping.epochs) == ([1.5, 2.0], 2)


def scores(values):
    given = iter(values)
    return lambda weights: (next(given), 0.25)


def test_a_score_is_watched_where_rows_are_held_out():
    stopping = EarlyStopping(
        Stopping(patience=1, tol=0.0), validate=scores([0.5, 0.9, 0.8, 0.7])
    )
    # The training loss falls all the time.
    assert feed(stopping, [4, 3, 2, 1]) == 4
    assert stopping.scores == [0.5, 0.9, 0.8, 0.7]
    assert stopping.validation_losses == [0.25] * 4
    assert stopping.best == 0.9
    assert stopping.best_weights.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("keep", "validates", "kept"),
    [("auto", True, True), ("auto", False, False), (True, False, True), (False, True, False)],
)
def test_the_best_weights_are_kept_if_asked(keep, validates, kept):
    stopping = EarlyStopping(
        Stopping(restore_best=keep), validate=scores([0.9, 0.5]) if validates else None
    )
    feed(stopping, [1, 2])
    assert (stopping.best_weights is not None) is kept
    if kept:
        assert stopping.best_weights.tolist() == [0, 0]


def test_the_best_weights_are_a_copy():
    stopping, weights = EarlyStopping(Stopping(restore_best=True)), np.ones(2)
    stopping.on_round(finished(0, 1.0, 1, weights=weights))
    weights[:] = 7
    assert stopping.best_weights.tolist() == [1, 1]


@pytest.mark.parametrize(("at_end", "expected"), [(False, 1.0 + 0.5 * (4 + 10)), (True, 11.0)])
def test_the_penalty_of_an_epoch_is_the_mean_of_its_ends(at_end, expected):
    stopping = EarlyStopping(Stopping(), penalty=lambda weights: float(weights.sum()))
    stopping.begin(np.full(2, 2.0), [], [], math.inf)
    stopping.on_round(finished(0, 1.0, 1, at_end=at_end, weights=np.full(2, 5.0)))
    assert stopping.losses == [expected]


def test_an_adaptive_rate_falls_before_training_ends():
    stopping = EarlyStopping(Stopping(patience=1, tol=0.1), adaptive_from=1e-4)
    factors = []
    for round in range(20):
        if stopping.on_round(finished(round, 1.0, round + 1)):
            break
        factors.append(stopping.before_round(Directive(0.5)).rate_factor)
    # 1e-4 may be divided by 5 until it is 1e-6 or less.
    assert sorted(set(factors), reverse=True) == pytest.approx([0.5 / 5**n for n in range(4)])
    assert stopping.converged


def test_a_report_is_told_of_every_epoch_and_may_end_training():
    seen = []

    def report(figures):
        seen.append(figures)
        return figures.number == 2

    stopping = EarlyStopping(Stopping(), validate=scores([0.5, 0.6]), report=report)
    assert feed(stopping, [2, 1, 0.5]) == 2
    assert [(each.number, each.loss, each.score) for each in seen] == [(1, 2, 0.5), (2, 1, 0.6)]
    assert not stopping.converged


def test_curves_of_an_earlier_fit_go_on():
    stopping = EarlyStopping(Stopping(patience=1, tol=0.0), validate=scores([0.7, 0.7]))
    losses, earlier = [9.0], [0.8]
    stopping.begin(np.zeros(2), losses, earlier, best=0.8)
    stopping.skip(3.0)
    for round, epoch in enumerate((4.0, 5.0)):
        ended = stopping.on_round(finished(round, 1.0, epoch))
    assert ended
    assert (stopping.losses, stopping.scores, stopping.best) == ([9, 1, 1], [0.8, 0.7, 0.7], 0.8)
    assert stopping.epochs == 5


def test_a_state_goes_on_as_if_nothing_had_happened():
    losses = [3, 2, 2.5, 2.4, 2.3, 2.2]
    for at in range(5):
        first = EarlyStopping(Stopping(patience=2, tol=0.0, restore_best=True))
        feed(first, losses[:at])
        second = EarlyStopping(Stopping(patience=2, tol=0.0, restore_best=True))
        second.load_state_dict(first.state_dict())
        ends = [
            each.on_round(finished(round, losses[round], round + 1))
            for each in (first, second) for round in range(at, 5)
        ]
        assert ends[: 5 - at] == ends[5 - at :]
        assert (first.losses, first.best) == (second.losses, second.best)
        assert first.best_weights.tobytes() == second.best_weights.tobytes()


def test_why_training_ended_is_kept():
    stopping = EarlyStopping(Stopping())
    stopping.on_finish(Finished(1, 0.1, "the limit of evaluations"))
    assert stopping.stopped_by == "the limit of evaluations"


def test_a_run_ends_when_its_loss_stands_still():
    from fastavg.communicators import LocalCommunicator
    from fastavg.plan.execution import Execution
    from fastavg.training.run import Run
    from tests.training.runs import NETWORK, data_for

    plan = small_plan(workers=2, epochs=9, average_every=1)
    stopping = EarlyStopping(Stopping(patience=1, tol=1e9, restore_best=True))
    rows = data_for(NETWORK, 60, plan.dtype)
    given = Run(NETWORK, plan, rows, first_weights(NETWORK, plan))
    weights = train_run(given, Execution(1, LocalCommunicator()), [stopping])
    # The first epoch gains on infinity, and two more do not gain enough.
    assert stopping.epochs == 3
    assert weights.tobytes() == run(
        small_plan(workers=2, epochs=3, average_every=1), n=60
    ).tobytes()
