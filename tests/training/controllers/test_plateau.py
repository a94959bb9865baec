"""Learning rates that fall when the training loss stands still."""

import numpy as np
import pytest

from fastavg.plan.plan import Plan
from fastavg.solvers import SGD, ConjugateGradient, Schedule
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.controllers.contract import Directive
from fastavg.training.controllers.plateau import Plateau, schedule_controllers
from fastavg.training.observers.events import RoundFinished
from tests.training.runs import run, small_plan


def finished(round, loss, epoch):
    return RoundFinished(round, 9, epoch, loss, 10.0, 1, 0, 0, 0, 0, lambda: np.zeros(1))


def factors(schedule, losses, per_epoch=1):
    watcher, seen = Plateau(schedule), []
    for round, loss in enumerate(losses):
        watcher.on_round(finished(round, loss, (round + 1) / per_epoch))
        seen.append(watcher.rate_factor)
    return seen


def test_a_plateau_waits_for_patience_epochs_and_compares_relatively():
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


def test_the_factor_multiplies_what_other_controllers_ask_for():
    plateau = Plateau(Schedule("plateau", patience=0, factor=0.5))
    for round, loss in enumerate([1.0, 1.0]):
        plateau.on_round(finished(round, loss, round + 1))
    assert plateau.before_round(Directive(rate_factor=0.4)) == Directive(rate_factor=0.2)


@pytest.mark.parametrize("kind", ["plateau", "adaptive"])
def test_a_plan_with_a_reactive_schedule_has_one_controller(kind):
    (found,) = schedule_controllers(Plan(solver=SGD(schedule=Schedule(kind))))
    assert isinstance(found, Plateau)
    assert found.rate_factor == 1


@pytest.mark.parametrize(
    "plan", [Plan(solver=SGD(schedule=Schedule("cosine"))),
             Plan(solver=ConjugateGradient(), batch_size=0)],
)
def test_every_other_plan_has_none(plan):
    assert schedule_controllers(plan) == []
