"""Dropout, penalties and limits in whole runs, and schedules that watch the loss."""

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.plan.plan import Plan
from fastavg.solvers import SGD, Adam, ConjugateGradient, Regularization, Schedule
from fastavg.training.checkpoints.manager import Checkpoints
from fastavg.training.controllers.plateau import Plateau
from fastavg.training.observers.events import RoundFinished
from tests.training.runs import run, small_plan

EVERYTHING = {
    "dropout": 0.3, "input_dropout": 0.1, "l1": 0.01, "max_norm": 2.0, "clip_norm": 0.5,
    "clip_value": 0.2,
}


@pytest.mark.parametrize("changes", [EVERYTHING, {"dropout": 0.3}, {"clip_norm": 0.1}])
def test_processes_and_short_calls_change_no_bit(changes, monkeypatch):
    plan = small_plan(workers=4, regularization=Regularization(**changes))
    whole = run(plan)
    assert np.isfinite(whole).all()
    assert (whole != run(small_plan(workers=4))).any()
    assert (run(plan, processes=2) == whole).all()
    monkeypatch.setattr("fastavg.solvers.minibatch.FLOPS_PER_CALL", 1)
    assert (run(plan) == whole).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"dropout": 1.0}, r"dropout is 1\.0; it must be at least 0 and below 1"),
        ({"dropout": (0.1, -1)}, r"dropout is -1; it must be"),
        ({"input_dropout": float("nan")}, r"input_dropout is nan; it must be"),
        ({"l1": -1}, r"l1 is -1; it must be a number of at least 0"),
        ({"max_norm": 0}, r"max_norm is 0; it must be a positive number, or None"),
        ({"clip_norm": -1}, r"clip_norm is -1; it must"),
        ({"clip_value": 0}, r"clip_value is 0; it must"),
    ],
)
def test_impossible_settings_are_refused(changes, words):
    with pytest.raises(ConfigError, match=words):
        Regularization(**changes)


def test_line_searches_know_no_dropout():
    words = r"dropout, l1, .* ConjugateGradient searches along lines"
    with pytest.raises(ConfigError, match=words):
        Plan(
            regularization=Regularization(dropout=0.1), solver=ConjugateGradient(), batch_size=0
        )


def test_dropout_needs_a_value_for_each_hidden_layer():
    with pytest.raises(ConfigError, match=r"dropout has 2 values for 1 hidden layers"):
        run(small_plan(regularization=Regularization(dropout=(0.1, 0.2))), Network((5, 7, 3)))


def finished(round, loss, epoch):
    return RoundFinished(round, 9, epoch, loss, 10.0, 1, 0, 0, 0, 0, lambda: np.zeros(1))


def factors(schedule, losses, per_epoch=1):
    watcher, seen = Plateau(schedule), []
    for round, loss in enumerate(losses):
        watcher.on_round(finished(round, loss, (round + 1) / per_epoch))
        seen.append(watcher.rate_factor)
    return seen


def test_plateau_waits_for_so_many_epochs_and_counts_relative_falls():
    schedule = Schedule("plateau", patience=1, tol=0.1, factor=0.5, least=0.2)
    losses = [1.0, 0.95, 0.91, 0.85, 0.84, 0.83, 0.82, 0.81, 0.80, 0.80]
    assert factors(schedule, losses) == [1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.2, 0.2, 0.2]


def test_adaptive_is_scikit_learn_s():
    schedule = Schedule("adaptive", patience=1, tol=0.1)
    assert factors(schedule, [1.0, 0.95, 0.9, 0.7, 0.65, 0.6]) == pytest.approx(
        [1, 1, 0.2, 0.2, 0.2, 0.04]
    )


def test_plateau_takes_the_mean_of_an_epoch_s_rounds():
    schedule = Schedule("plateau", patience=0)
    assert factors(schedule, [1, 1, 0.5, 1.3, 0.5, 0.5], 2) == [1, 1, 1, 1, 1, 1]
    assert factors(schedule, [1, 1, 0.5, 1.6, 0.5, 0.5], 2) == [1, 1, 1, 0.1, 0.1, 0.1]


def test_a_plateau_goes_on_from_a_checkpoint_with_the_same_bits(tmp_path):
    schedule = Schedule("plateau", patience=0, tol=0.2, factor=0.5)
    plan = small_plan(solver=SGD(0.05, schedule), epochs=5, average_every=0.5)
    whole = run(plan)
    assert (whole != run(small_plan(solver=SGD(0.05), epochs=5, average_every=0.5))).any()

    class Crash:
        def on_event(self, event):
            if isinstance(event, RoundFinished) and event.round == 5:
                raise KeyboardInterrupt

    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[Crash()], checkpoints=Checkpoints(path, every=1))
    resumed = run(plan, processes=2, checkpoints=Checkpoints(path, every=1, resume="auto"))
    assert (resumed == whole).all()


def test_warm_up_and_one_cycle_train():
    for schedule in (Schedule("one_cycle"), Schedule("step", every=1, warmup=0.5)):
        assert np.isfinite(run(small_plan(solver=Adam(0.01, schedule)))).all()
