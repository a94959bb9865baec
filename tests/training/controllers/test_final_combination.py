"""The final combination: which centers it takes, and when the model has it."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fastavg import SGD, ConfigError, Execution, Network, Plan, Stopping, train
from fastavg.datasets import load_digits5k
from fastavg.training.controllers.early_stopping import EarlyStopping
from fastavg.training.controllers.final_combination import LatestCenters, greedy, uniform
from fastavg.training.observers.events import CentersCombined, Finished, Observer
from tests.training.controllers.test_early_stopping import finished
from tests.training.runs import Recorder


def near(target):
    return lambda weights: -float(np.abs(weights - target).sum())


def vectors(*values):
    return [np.array([value], np.float32) for value in values]


def test_uniform_takes_all():
    found = uniform(vectors(1, 2, 6), near(3))
    assert (found.weights.tolist(), found.score, found.centers) == ([3.0], 0.0, 3)
    assert found.weights.dtype == np.float32


def test_greedy_takes_those_that_do_not_lower_the_score():
    centers = vectors(1, 2.5, 40, 4)
    found = greedy(centers, [near(3)(each) for each in centers], near(3))
    # 2.5 is the best; with 4 the mean is 3.25, as near or nearer; 40 and 1 lead away from it.
    assert (found.weights.tolist(), found.centers) == ([3.25], 2)
    assert found.score == -0.25


def test_greedy_is_never_below_the_best_center():
    random = np.random.default_rng(0)
    for _ in range(20):
        centers = list(random.normal(size=(6, 3)))
        scores = [near(0)(each) for each in centers]
        assert greedy(centers, scores, near(0)).score >= max(scores)


def test_the_oldest_centers_make_room_and_unscored_ones_are_left_out():
    latest = LatestCenters("uniform", 2)
    for value, score in [(100, 1.0), (1, 1.0), (50, math.nan), (3, 1.0)]:
        latest.take(np.array([value], float), score)
    assert latest.combined(near(2)).weights.tolist() == [2.0]
    assert LatestCenters("greedy", 2).combined(near(2)) is None


def test_centers_are_copies():
    latest, center = LatestCenters("uniform", 2), np.zeros(1)
    for value in (1.0, 3.0):
        center[:] = value
        latest.take(center, 0.0)
    assert latest.combined(near(2)).weights.tolist() == [2.0]


@pytest.mark.parametrize(("kind", "target", "taken"), [
    ("uniform", 1.5, True), ("uniform", 3.0, False), ("greedy", 2.5, True), ("none", 2.5, None),
])
def test_it_is_taken_only_if_it_scores_higher_than_the_best_epoch(kind, target, taken):
    watch = EarlyStopping(
        Stopping(combine=kind), validate=lambda weights: (near(target)(weights[:1]), 0.5)
    )
    for round in range(4):
        watch.on_round(finished(round, 1.0, round + 1))
    best = watch.best_weights.tolist()
    watch.on_finish(Finished(4, 1.0))
    assert (watch.combined and watch.combined.taken) is taken
    assert (watch.best_weights.tolist() == best) is not bool(taken)


def test_a_combination_goes_on_from_a_checkpoint():
    def watching():
        return EarlyStopping(
            Stopping(combine="uniform"), validate=lambda weights: (near(1.5)(weights[:1]), 0.5)
        )

    whole, first, second = watching(), watching(), watching()
    for round in range(2):
        whole.on_round(finished(round, 1.0, round + 1))
        first.on_round(finished(round, 1.0, round + 1))
    second.load_state_dict(first.state_dict())
    for watch in (whole, second):
        for round in (2, 3):
            watch.on_round(finished(round, 1.0, round + 1))
        watch.on_finish(Finished(4, 1.0))
    assert second.combined == whole.combined
    assert (second.best_weights == whole.best_weights).all()


class BreakOff(Observer):
    def on_round(self, event):
        if event.epoch >= 4:
            raise KeyboardInterrupt


def test_a_model_has_it_and_a_resumed_run_the_same_bits(tmp_path):
    X, y = load_digits5k()
    held = np.arange(len(y)) % 4 == 0
    plan = Plan(
        workers=2, epochs=6, batch_size=16, solver=SGD(0.06), average_every="4 steps",
        stopping=Stopping(combine="uniform", combine_last=4),
    )
    network, rows = Network((400, 16, 10)), (X[~held], y[~held])
    heard = Recorder()

    def trained(plan=plan, **execution):
        return train(
            network, *rows, plan, validation_data=(X[held], y[held]),
            execution=Execution(1, **execution),
        )

    model = trained(observers=[heard])
    [event] = heard.of(CentersCombined)
    plain = trained(replace(plan, stopping=Stopping()))
    assert event.taken
    assert model.score(X[held], y[held]) == pytest.approx(event.score)
    assert plain.score(X[held], y[held]) == pytest.approx(event.before)
    assert event.score > event.before
    path = str(tmp_path / "run.checkpoint")
    with pytest.raises(KeyboardInterrupt):
        trained(observers=[BreakOff()], checkpoint=path)
    assert (trained(resume=path).weights == model.weights).all()


def test_without_held_out_rows_it_is_refused():
    X, y = np.zeros((20, 2), np.float32), np.arange(20) % 2
    with pytest.raises(ConfigError, match="combine is greedy and no rows are held out"):
        train(Network((2, 2)), X, y, Plan(stopping=Stopping(combine="greedy")))


@pytest.mark.parametrize(("name", "value"), [("combine", "best"), ("combine_last", 1)])
def test_impossible_settings_are_refused(name, value):
    with pytest.raises(ConfigError, match=name):
        Stopping(**{name: value})
