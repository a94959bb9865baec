"""Gradient averaging up to a local epoch, model averaging from then on."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg import ConfigError
from fastavg.averaging import DiLoCo
from fastavg.solvers import SGD, Adam
from fastavg.training.algorithms.post_local_sgd import PostLocalSGD
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.observers.events import Observer
from tests.communicators.ranks import on_ranks
from tests.training.runs import fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]
PLAN = small_plan(
    epochs=4, average_every="2 steps", solver=Adam(0.01), algorithm=PostLocalSGD(change=1.5),
    averaging=DiLoCo(0.9, 0.5),
)


class Keeps(Observer):
    weights_at = "round"

    def __init__(self):
        self.weights = []

    def on_round(self, event):
        self.weights.append(fingerprint(event.weights()))


def test_before_the_change_it_is_gradient_averaging_and_then_it_is_not():
    changing, gradients, local = Keeps(), Keeps(), Keeps()
    run(PLAN, observers=[changing])
    run(replace(PLAN, algorithm="gradient-averaging", averaging="mean"), observers=[gradients])
    run(replace(PLAN, algorithm="local-sgd"), observers=[local])
    # Four steps of eight workers an epoch: the fourth round begins after 1.5 epochs.
    assert changing.weights[:3] == gradients.weights[:3]
    assert changing.weights[3] != gradients.weights[3]
    assert changing.weights[0] != local.weights[0]


def test_a_change_that_never_comes_or_has_come():
    never = replace(PLAN, algorithm=PostLocalSGD(change=9), averaging="mean")
    gradients = replace(never, algorithm="gradient-averaging")
    assert fingerprint(run(never)) == fingerprint(run(gradients))


@pytest.mark.parametrize(("processes", "seconds"), [(1, 0), (1, 10.0), (3, 10.0)])
def test_blocks_and_processes_change_no_bit(processes, seconds):
    expected = fingerprint(run(PLAN, observers=[Keeps()]))
    assert fingerprint(run(PLAN, processes=processes, block_seconds=seconds)) == expected


def test_ranks_change_no_bit():
    plan, found = replace(PLAN, workers=4), {}

    def rank(communicator):
        found[communicator.rank] = fingerprint(run(plan, communicator=communicator))

    on_ranks(2, rank)
    assert list(found.values()) == [fingerprint(run(plan))] * 2


class BreakOff(Observer):
    weights_at = "block"

    def __init__(self, at):
        self._at = at

    def on_round(self, event):
        if event.round == self._at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("at", [1, 3, 5])
def test_it_goes_on_from_a_checkpoint_on_either_side(at, tmp_path):
    path = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt):
        run(PLAN, observers=[BreakOff(at)], checkpoints=Checkpoints(path, every=1))
    found = run(PLAN, checkpoints=Checkpoints(path, resume="auto"))
    assert fingerprint(found) == fingerprint(run(PLAN))


@pytest.mark.parametrize(("change", "message"), [
    ({"solver": "cg", "batch_size": 0}, "post-local-sgd goes with optimizers"),
    ({"solver_state": "keep"}, "solver_state is keep"),
    ({"averaging": "fedadam"}, "averaging is FedAdam"),
    ({"averaging": "easgd"}, "averaging is ElasticAveraging"),
])
def test_what_does_not_go_with_it_is_refused(change, message):
    with pytest.raises(ConfigError, match=message):
        run(replace(PLAN, **change))
    with pytest.raises(ConfigError, match="change is 0"):
        PostLocalSGD(change=0)


def test_its_name_and_option_make_a_plan():
    plan = small_plan(
        algorithm={"name": "post-local-sgd", "change": 0.5}, solver=SGD(0.1)
    )
    assert plan.algorithm == PostLocalSGD(0.5)
