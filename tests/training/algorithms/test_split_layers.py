"""Layers split over processes: the unsplit network's training, to rounding."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from fastavg.errors import ConfigError
from fastavg.networks.network import Network
from fastavg.solvers import SGD, Adam
from fastavg.training.algorithms.split_layers import SplitLayers
from fastavg.training.observers.events import RoundFinished, WorkerReplaced
from tests.communicators.ranks import on_ranks
from tests.training.runs import Recorder, fingerprint, run, small_plan

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.timeout(90)]
# Ten steps of one worker.
TEN = small_plan(workers=1, epochs=0.4, average_every=0.4, solver=SGD(0.05))
ACTIVATIONS = ("identity", "logistic", "tanh", "relu", "gelu", "silu", "elu", "softplus")


def compared(plan, network, slices, **arguments):
    whole = run(plan, network=network, **arguments)
    split = run(
        replace(plan, algorithm=SplitLayers(slices)), network=network, processes=slices,
        **arguments,
    )
    np.testing.assert_allclose(split, whole, rtol=1e-5, atol=1e-5)
    assert not np.array_equal(whole, network.initial_weights(plan.seed, plan.init, plan.dtype))


@pytest.mark.parametrize("slices", [1, 2, 3])
@pytest.mark.parametrize("solver", [SGD(0.05), Adam(1e-3)])
def test_ten_steps_are_those_of_the_whole_network(slices, solver):
    compared(replace(TEN, solver=solver), Network((5, 7, 11, 3), "tanh"), slices, weighted=True)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation(activation):
    compared(TEN, Network((5, 8, 7, 3), activation), 2)


@pytest.mark.parametrize(("output", "size"), [
    ("softmax", 3), ("logistic", 1), ("logistic", 3), ("identity", 2), ("exponential", 1),
    ("margin", 1),
])
def test_every_output(output, size):
    # With one output, one slice has none of the last layer.
    compared(TEN, Network((5, 6, size), "tanh", output), 2)


def test_a_network_without_hidden_layers():
    compared(TEN, Network((5, 3)), 2)


@pytest.mark.parametrize("state", ["average", "keep", "reset"])
def test_processes_and_ranks_do_not_change_a_bit(state):
    plan = small_plan(
        workers=2, epochs=1, solver=SGD(0.05), solver_state=state, algorithm=SplitLayers(2)
    )
    recorder = Recorder()
    found = fingerprint(run(plan, processes=2, observers=[recorder]))
    assert [event.rows for event in recorder.of(RoundFinished)] == [48, 52]
    assert fingerprint(run(plan, processes=4)) == found
    if state == "average":
        ranks = on_ranks(2, lambda ranks: fingerprint(run(plan, communicator=ranks, processes=2)))
        assert ranks == [found] * 2


@pytest.mark.own_fork_server
def test_a_killed_slice_is_redone_with_the_same_bits(tmp_path, monkeypatch):
    plan = small_plan(workers=2, epochs=1, solver=SGD(0.05), algorithm=SplitLayers(2))
    monkeypatch.setenv("FASTAVG_FAILPOINT_LISTENER", "tests.training.faulty:die_once")
    monkeypatch.setenv("FASTAVG_TEST_DEATHS", str(tmp_path / "deaths"))
    recorder = Recorder()
    found = fingerprint(run(plan, processes=2, observers=[recorder]))
    assert len(recorder.of(WorkerReplaced)) == 1
    # The second run finds the first one's file, and nobody is killed.
    undisturbed = Recorder()
    assert fingerprint(run(plan, processes=2, observers=[undisturbed])) == found
    assert not undisturbed.of(WorkerReplaced)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"solver": "cg", "batch_size": 0}, "goes with optimizers"),
        ({"augment": "noise"}, "not split-layers"),
        ({"batch_size": 0}, "needs the rows of a batch"),
        ({"products": "bfloat16"}, "goes with float32"),
        ({"regularization": {"dropout": 0.5}}, "do not go with split-layers"),
    ],
)
def test_what_does_not_go_with_it_is_refused(change, words):
    with pytest.raises(ConfigError, match=words):
        SplitLayers().check(small_plan(**change))
