"""Layers split over ranks: the bits of slices that share memory, and the whole network's steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adam
from fastavg.training.algorithms.split_layers import SplitLayers
from fastavg.training.observers.events import RoundFinished
from tests.communicators.mpiexec import ROOT
from tests.communicators.mpiexec import run as run_ranks
from tests.communicators.ranks import on_ranks
from tests.promises.test_ranks import alone, command, digest
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(90)]
PLAN = small_plan(workers=1, epochs=1, solver=SGD(0.05), algorithm=SplitLayers(3))


def over(size, plan, network):
    return on_ranks(
        size, lambda ranks: fingerprint(run(plan, network=network, communicator=ranks))
    )


@pytest.mark.parametrize("changes", [
    {}, {"solver_state": "keep"}, {"solver_state": "reset", "solver": Adam(1e-2)},
    {"averaging": "easgd", "workers": 1},
])
def test_ranks_have_the_bits_of_processes(changes):
    plan = replace(PLAN, **changes)
    network = Network((5, 7, 11, 3), "gelu")
    found = fingerprint(run(plan, network=network, processes=3))
    # With four ranks one has no slice.
    for size in (2, 3, 4):
        assert over(size, plan, network) == [found] * size


def test_several_workers_are_trained_one_after_the_other():
    plan, network = replace(PLAN, workers=2), Network((5, 6, 1), "relu", "logistic")
    found = fingerprint(run(plan, network=network, processes=3))
    recorders = [Recorder() for _ in range(3)]

    def one(ranks):
        return fingerprint(
            run(plan, network=network, communicator=ranks, observers=[recorders[ranks.rank]])
        )

    assert on_ranks(3, one) == [found] * 3
    for recorder in recorders:
        assert [event.rows for event in recorder.of(RoundFinished)] == [48, 52]


@pytest.mark.parametrize("slices", [2, 3])
def test_ten_steps_are_those_of_the_whole_network(slices):
    ten = replace(PLAN, epochs=0.4, average_every=0.4)
    network = Network((5, 7, 11, 3), "tanh")
    whole = run(replace(ten, algorithm="local-sgd"), network=network, weighted=True)
    split = on_ranks(2, lambda ranks: run(
        replace(ten, algorithm=SplitLayers(slices)), network=network, weighted=True,
        communicator=ranks,
    ))
    for found in split:
        np.testing.assert_allclose(found, whole, rtol=1e-5, atol=1e-5)
    assert not np.array_equal(whole, network.initial_weights(ten.seed, ten.init, ten.dtype))


def test_a_communicator_that_deals_out_nothing_is_refused():
    class Plain:
        def __init__(self, inner):
            self.rank, self.size = inner.rank, inner.size
            self.broadcast, self.allreduce, self.close = (
                inner.broadcast, inner.allreduce, inner.close
            )

    with pytest.raises(ConfigError, match="Plain has no alltoall"):
        on_ranks(2, lambda ranks: run(PLAN, communicator=Plain(ranks)))


def test_under_mpiexec():
    options = ("--workers", "1", "--split-layers", "3", "--batch-size", "128")
    expected = alone(*options)
    for size in (2, 3):
        ended = run_ranks("-n", size, *command(*options))
        assert (ended.code, ended.err) == (0, "")
        assert digest(ended.out) == expected


def test_a_killed_rank_is_named_and_the_resumed_run_has_the_same_bits(tmp_path):
    options = (
        "--workers", "1", "--split-layers", "2", "--average-every", "0.25", "--batch-size", "128",
    )
    kept = ("--checkpoint", str(tmp_path / "run.checkpoint"), "--checkpoint-every", "1")
    ended = run_ranks(
        "-n", 2, *command(*options, *kept),
        FASTAVG_FAILPOINT_LISTENER="tests.training.faulty:kill_rank_one", PYTHONPATH=str(ROOT),
    )
    assert ended.code == 5
    assert ended.err.startswith("fastavg: rank 1 (process ")
    resumed = run_ranks("-n", 2, *command(*options, *kept, "--resume", "auto"))
    assert (resumed.code, resumed.err) == (0, "")
    assert digest(resumed.out) == alone(*options)
