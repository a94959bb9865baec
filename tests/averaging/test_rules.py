"""Every averaging rule: one table of what must hold for all of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import Plan
from fastavg.averaging import (
    BMUF,
    LAWA,
    RULES,
    SWA,
    CenterEMA,
    DiLoCo,
    ElasticAveraging,
    FedAdagrad,
    FedAdam,
    FedAvgM,
    FedYogi,
    Mean,
    MuLoCo,
    SlowMo,
)
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import Observer
from tests.training.runs import fingerprint, run, small_plan

# A rule, and the options with which it is the plain mean; None if there are none.
TABLE = {
    "mean": (Mean(), Mean()),
    "slowmo": (SlowMo(), SlowMo(1, 0)),
    "fedavgm": (FedAvgM(), FedAvgM(1, 0)),
    "bmuf": (BMUF(), BMUF(0)),
    "nesterov bmuf": (BMUF(0.5, nesterov=True), BMUF(0, nesterov=True)),
    "diloco": (DiLoCo(), DiLoCo(1, 0)),
    "muloco": (MuLoCo(), None),
    "fedadam": (FedAdam(), None),
    "fedyogi": (FedYogi(), None),
    "fedadagrad": (FedAdagrad(), None),
    "easgd": (ElasticAveraging(), ElasticAveraging(alpha=1, beta=1)),
    "ema": (CenterEMA(0.5), CenterEMA(0)),
    "ema of slowmo": (CenterEMA(0.5, rule=SlowMo()), CenterEMA(0, rule=SlowMo(1, 0))),
    "swa": (SWA(2), None),
    "lawa": (LAWA(3), LAWA(1)),
}
RULES_IN_TABLE = [given for given, _ in TABLE.values()]


def test_every_rule_is_in_the_table():
    tried = {type(given) for given, _ in TABLE.values()}
    assert tried == set(RULES.members.values())


@pytest.mark.parametrize("rule", RULES_IN_TABLE, ids=TABLE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_center_that_all_workers_share_stays(rule, dtype):
    center = np.random.default_rng(0).normal(size=20).astype(dtype)
    state, out = np.zeros((rule.n_vectors, 20), dtype), np.empty_like(center)
    for round in range(3):
        mean = center.copy()
        rule.step(center, mean, state, round)
        rule.start(mean, center, out)
        assert (mean == center).all()
        assert (out == center).all()
        assert (rule.published(mean, state) == center).all()


@pytest.mark.parametrize("rule", RULES_IN_TABLE, ids=TABLE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("curvature", [0.5, 1.0])
def test_it_finds_the_minimum_of_a_bowl(rule, dtype, curvature):
    # Workers that go part of the way to the minimum, each to one of its own beside it.
    target = np.array([1.0, -2.0, 3.0])
    sides = [0.1, -0.1]
    center = np.zeros(3, dtype)
    state = np.zeros((rule.n_vectors, 3), dtype)
    own = [center.copy() for _ in sides]
    # Adagrad's falling rate needs the most rounds; a round of MuLoCo takes the most time.
    for round in range(200 if isinstance(rule, MuLoCo) else 2000):
        found = []
        for index, side in enumerate(sides):
            here = center.copy()
            if round and rule.keeps_replicas:
                rule.start(center, own[index], here)
            found.append((here + 0.2 * curvature * (target + side - here)).astype(dtype))
        own, mean = found, np.mean(found, axis=0).astype(dtype)
        rule.step(center, mean, state, round)
        center = mean
    assert np.abs(rule.published(center, state) - target).max() < 0.06


@pytest.mark.parametrize(
    "neutral", [neutral for _, neutral in TABLE.values() if neutral is not None], ids=repr
)
@pytest.mark.parametrize("workers", [1, 4])
def test_with_its_neutral_options_it_is_the_mean(neutral, workers):
    plan = small_plan(workers=workers, epochs=1)
    expected, found = run(plan), run(replace(plan, averaging=neutral))
    assert fingerprint(found) == fingerprint(expected)


@pytest.mark.parametrize("rule", RULES_IN_TABLE, ids=TABLE)
def test_processes_change_no_bit(rule, nothing_left):
    plan = small_plan(averaging=rule)
    assert fingerprint(run(plan, processes=2)) == fingerprint(run(plan))


class BreakOff(Observer):
    def __init__(self, rounds):
        self._rounds = rounds

    def on_round(self, event):
        if event.round == self._rounds:
            raise KeyboardInterrupt


@pytest.mark.parametrize("rule", RULES_IN_TABLE, ids=TABLE)
@pytest.mark.parametrize("state", ["average", "keep", "reset"])
def test_its_state_survives_a_checkpoint(rule, state, tmp_path):
    plan, path = small_plan(averaging=rule, solver_state=state), tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[BreakOff(2)], checkpoints=Checkpoints(path))
    resumed = run(plan, checkpoints=Checkpoints(path, resume="auto"))
    assert fingerprint(resumed) == fingerprint(run(plan))


@pytest.mark.parametrize("name", RULES.members)
def test_a_name_is_a_rule(name):
    assert Plan(averaging=name).averaging == RULES.members[name]()
