"""Training in blocks: what a block comes to, and what happens to one that is not finite."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.plan.execution import Execution
from fastavg.solvers import SGD, Adam
from fastavg.training import blocks
from fastavg.training.run import Run
from fastavg.training.session import open_session
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(60)]


def opened(solver, seconds=10.0, **plan):
    plan = small_plan(epochs=5, average_every="1 step", solver=solver, **plan)
    run = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
    return open_session(run, Execution(1, LocalCommunicator(), block_seconds=seconds))


def test_a_block_is_trained_and_committed_as_one():
    with opened(SGD(0.1)) as session:
        next(session.to_come())
        assert session.blocks.train("rounds")
        assert session.rounds == session.n_rounds - 1 + session.n_rounds % 2
        assert session.watch.training > 0
        assert session.watch.kernels == session.watch.training


@pytest.mark.parametrize(("processes", "counted"), [(1, 1.0), (2, 3.0)])
def test_a_block_is_short_that_follows_one_without_the_others(processes, counted, monkeypatch):
    clock = itertools.count()
    with opened(SGD(0.1)) as session:
        session.processes, learnt = processes, []
        monkeypatch.setattr(session.blocks._length, "learn", lambda *given: learnt.append(given))
        monkeypatch.setattr(blocks, "time", SimpleNamespace(perf_counter=lambda: next(clock)))
        next(session.to_come())
        assert session.blocks.train("rounds")
        # It took a second, and this process alone.
        assert learnt == [(session.rounds, counted)]


def test_a_single_round_is_left_to_the_algorithm():
    with opened(SGD(0.1), 1e-12) as session:
        next(session.to_come())
        assert not session.blocks.train("rounds")
        assert session.rounds == 0


@pytest.mark.parametrize("averaging", ["mean", "slowmo"])
@pytest.mark.parametrize("state", ["average", "reset", "keep"])
def test_blocks_of_a_round_leave_the_bits_of_rounds(averaging, state):
    found = []
    for alone in (True, False):
        with opened(Adam(0.01), 1e-12, averaging=averaging, solver_state=state) as session:
            for round in session.to_come():
                if not alone:
                    session.run.plan.algorithm.round(session, round)
                else:
                    assert session.blocks.train("rounds", alone=True)
                    assert session.rounds == round + 1
            found.append(session.published().tobytes())
    assert found[0] == found[1]


def test_a_block_of_a_round_that_is_not_finite_is_left_to_the_algorithm():
    with opened(SGD(1e30), 1e-12) as session:
        next(session.to_come())
        while session.blocks.train("rounds", alone=True):
            pass
        before, rounds = session.published().tobytes(), session.rounds
        assert not session.blocks.train("rounds", alone=True)
        assert (session.published().tobytes(), session.rounds) == (before, rounds)


def test_a_block_that_is_not_finite_changes_nothing():
    with opened(SGD(1e30)) as session:
        next(session.to_come())
        before = session.buffers.center(0).tobytes()
        assert session.blocks.train("rounds")
        assert (session.rounds, session.buffers.center(0).tobytes()) == (0, before)
        while session.blocks.train("rounds"):
            pass
        # The round that is left is the one in which it happens.
        assert session.rounds < 4
