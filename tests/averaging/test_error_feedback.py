"""The mean of signs: the same on one rank and on many; what is missed comes later."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg import ConfigError, Execution
from fastavg.averaging.error_feedback import Change, combine_signs
from fastavg.averaging.few_bits import Draws
from fastavg.communicators import LocalCommunicator
from fastavg.communicators.collectives import workers_of
from fastavg.plan.plan import Plan
from fastavg.training.observers.events import Observer
from fastavg.training.run import Run
from fastavg.training.train import train_run
from tests.averaging.test_few_bits import Counted, problem
from tests.averaging.test_reduction import Plain
from tests.communicators.ranks import on_ranks
from tests.training.runs import NETWORK, data_for, first_weights, train_rounds

PLAN = Plan(
    workers=3, epochs=3, average_every=0.5, batch_size=8, reduction="one-bit", solver_state="keep",
)


def on(communicator, center, slots, shares, missed=None):
    mine = workers_of(communicator.rank, communicator.size, len(slots))
    missed = np.zeros_like(slots) if missed is None else missed
    after, out = np.full_like(slots, np.nan), np.empty_like(center)
    changes = [Change(slots[k].copy(), missed[k], after[k]) for k in mine]
    combine_signs(changes, shares, center, out, communicator, Draws(1, 2))
    return out, after


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(("workers", "ranks"), [(2, 2), (5, 3), (8, 2), (1, 3)])
@pytest.mark.parametrize("wrap", [Plain, lambda each: each])
def test_the_bits_are_those_of_one_rank(workers, ranks, dtype, wrap):
    center, slots, shares = problem(workers, 3000, dtype)
    if workers > 2:
        shares[1] = 0
    alone, missed = on(LocalCommunicator(), center, slots, shares)
    found = on_ranks(ranks, lambda each: on(wrap(each), center, slots, shares))
    for rank, (out, after) in enumerate(found):
        np.testing.assert_array_equal(out, alone)
        mine = workers_of(rank, ranks, workers)
        np.testing.assert_array_equal(after[mine.start : mine.stop], missed[mine.start : mine.stop])


def test_what_is_missed_comes_later():
    center, slots, shares = problem(3, 2000, "float64")
    change = slots - center
    missed, moved, steps = np.zeros_like(slots), np.zeros_like(center), []
    for round in range(50):
        changes = [Change(slots[k], missed[k].copy(), missed[k]) for k in range(3)]
        out = np.empty_like(center)
        combine_signs(changes, shares, center, out, LocalCommunicator(), Draws(0, round))
        moved += out - center
        steps.append(np.abs(out - center).max() / 127)
    # All of the same change in 50 rounds has moved the mean, or is still to come, but for
    # the rounding of the means.
    left = shares @ (50 * change - missed) - moved
    assert np.abs(left).max() < np.sqrt(50) * max(steps)
    assert np.abs(shares @ missed).max() > 10 * np.abs(left).max()


def test_an_eighth_of_the_bytes_and_the_way_back():
    center, slots, shares = problem(2, 400_000)

    def one(communicator):
        counted = Counted(communicator)
        on(counted, center, slots, shares)
        return counted.sent

    # An exact mean sends 4 bytes there and 4 bytes back.
    assert sum(on_ranks(2, one)) < 0.15 * 8 * 400_000


@pytest.mark.parametrize("state", ["keep", "reset"])
def test_training_has_the_same_bits_on_ranks_and_processes(state):
    plan = replace(PLAN, solver_state=state)
    rows, start = data_for(NETWORK, 60, "float32"), first_weights(NETWORK, plan)
    alone = train_rounds(NETWORK, plan, rows, start)
    np.testing.assert_array_equal(train_rounds(NETWORK, plan, rows, start, 2), alone)
    for found in on_ranks(
        2, lambda each: train_rounds(NETWORK, plan, rows, start, communicator=each)
    ):
        np.testing.assert_array_equal(found, alone)


class End(Observer):
    """Ends training after its third round."""

    def on_round(self, event):
        if event.round == 2:
            raise KeyboardInterrupt
        return False


def test_a_run_that_was_ended_goes_on_to_the_same_bits(tmp_path):
    rows, start = data_for(NETWORK, 60, "float32"), first_weights(NETWORK, PLAN)
    run = Run(NETWORK, PLAN, rows, start)
    whole = train_run(run, Execution(1))
    kept = Execution(1, checkpoint=tmp_path / "c", checkpoint_every=1, observers=(End(),))
    with pytest.raises(KeyboardInterrupt):
        train_run(run, kept)
    again = Execution(2, checkpoint=tmp_path / "c", resume="auto")
    np.testing.assert_array_equal(train_run(run, again), whole)


@pytest.mark.parametrize("how", ["int8", "one-bit"])
def test_what_it_does_not_go_with_is_refused(how):
    with pytest.raises(ConfigError, match=f"reduction {how} is too coarse for the state"):
        Plan(workers=2, reduction=how)
    with pytest.raises(ConfigError, match=f"reduction {how} rounds what .* not GradientAveraging"):
        Plan(workers=2, reduction=how, algorithm="gradient-averaging")
    # A worker alone has nothing to round.
    alone = Plan(epochs=1, batch_size=8, reduction=how, solver_state="reset")
    rows, start = data_for(NETWORK, 30, "float32"), first_weights(NETWORK, alone)
    np.testing.assert_array_equal(
        train_rounds(NETWORK, alone, rows, start),
        train_rounds(NETWORK, replace(alone, reduction="exact"), rows, start),
    )
