"""The drift of the workers: the distance from their mean, in and out of blocks, of all ranks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.averaging.reduction import Slots
from fastavg.communicators import LocalCommunicator
from fastavg.kernels.network.layout import B_AT, FAN_IN, FAN_OUT, W_AT, W_LD
from fastavg.networks.network import Network
from fastavg.networks.workspace import wide_size, wide_table
from fastavg.training.drift import DriftMeter, drift_meter
from fastavg.training.observers.events import Observer
from fastavg.training.observers.history import History
from tests.communicators.ranks import on_ranks
from tests.training.runs import Recorder, fingerprint, one_by_one, run, small_plan

NETWORK = Network((5, 70, 3), "tanh", "softmax")
SHARES = (0.5, 0.25, 0.25, 0.0)


def oracle(vectors, shares):
    vectors, shares = np.asarray(vectors, np.float64), np.asarray(shares)
    mean = shares @ vectors
    squares = shares @ ((vectors - mean) ** 2).sum(axis=1)
    return np.sqrt(squares / (mean**2).sum()), mean


def vectors_of(dtype):
    random = np.random.default_rng(1)
    common = random.normal(size=NETWORK.n_weights)
    return (common + 0.01 * random.normal(size=(len(SHARES), NETWORK.n_weights))).astype(dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_drift_of_a_round_is_the_distance_from_the_mean(dtype):
    vectors = vectors_of(dtype)
    expected, mean = oracle(vectors, SHARES)
    slots = Slots(vectors.reshape(-1), np.arange(len(vectors)) * NETWORK.n_weights)
    meter = DriftMeter(NETWORK, LocalCommunicator(), 4)
    assert meter.of_round(slots, SHARES, mean.astype(dtype)) == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_drift_of_a_block_leaves_out_what_lies_between_rows(dtype):
    vectors = vectors_of(dtype)
    wide = np.full((len(vectors), wide_size(NETWORK)), np.nan, dtype)
    for vector, target in zip(vectors, wide, strict=True):
        at = 0
        for layer in wide_table(NETWORK).tolist():
            rows, columns = layer[FAN_IN], layer[FAN_OUT]
            for row in range(rows):
                place = layer[W_AT] + row * layer[W_LD]
                target[place : place + columns] = vector[at : at + columns]
                at += columns
            target[layer[B_AT] : layer[B_AT] + columns] = vector[at : at + columns]
            at += columns
    meter = DriftMeter(NETWORK, LocalCommunicator(), 4)
    found = meter.of_block(wide, 40 * np.array(SHARES))
    assert found == pytest.approx(oracle(vectors, SHARES)[0], rel=1e-4)
    # Nobody had a row: there was no mean.
    assert DriftMeter(NETWORK, LocalCommunicator(), 4).of_block(wide, np.zeros(4)) is None


def test_workers_that_agree_have_no_drift():
    wide = np.tile(np.random.default_rng(0).normal(size=wide_size(NETWORK)), (3, 1))
    assert DriftMeter(NETWORK, LocalCommunicator(), 4).of_block(wide, np.ones(3)) == 0


def test_measuring_blocks_ends_where_it_costs_too_much():
    wide = np.random.default_rng(0).normal(size=(3, wide_size(NETWORK)))
    meter = DriftMeter(NETWORK, LocalCommunicator(), 4)
    # At once the run has taken no longer than the measuring.
    assert [meter.of_block(wide, np.ones(3)) is None for _ in range(3)] == [False, True, True]


class Asks(Observer):
    wants_drift = True


def test_one_rank_that_asks_has_all_of_them_measure():
    def rank(communicator):
        asks = [Asks()] if communicator.rank else [Observer()]
        meter = drift_meter(NETWORK, 4, asks, communicator)
        vectors = vectors_of("float64")
        expected, mean = oracle(vectors, SHARES)
        mine = slice(2 * communicator.rank, 2 * communicator.rank + 2)
        slots = Slots(vectors[mine].reshape(-1), np.arange(2) * NETWORK.n_weights)
        return meter.of_round(slots, SHARES[mine], mean) - expected

    assert on_ranks(2, rank) == pytest.approx([0, 0], abs=1e-12)
    assert drift_meter(NETWORK, 4, [Observer()], LocalCommunicator()) is None
    assert drift_meter(NETWORK, 1, [Asks()], LocalCommunicator()) is None


@pytest.mark.parametrize("change", [
    {}, {"averaging": "bmuf"}, {"solver_state": "keep", "solver": "adam"},
])
@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_blocks_and_rounds_one_by_one_say_the_same_and_weights_keep_their_bits(change):
    plan = small_plan(workers=3, epochs=16, average_every="2 steps", **change)
    silent, alone, blocks = History(), History(wants_drift=True), History(wants_drift=True)
    expected = fingerprint(run(plan, observers=[silent]))
    assert fingerprint(one_by_one(plan, observers=[alone])) == expected
    assert fingerprint(run(plan, observers=[blocks], processes=2)) == expected
    assert all(record.drift is None for record in silent.records)
    assert all(record.drift > 0 for record in alone.records)
    seen = [each for each in blocks.records if each.drift is not None]
    assert 1 <= len(seen) < len(blocks.records)
    for each in seen:
        assert each.drift == pytest.approx(alone.records[each.round].drift, rel=1e-4)
    assert sum(each.period for each in alone.records) == pytest.approx(plan.epochs)


@pytest.mark.parametrize("change", [{"workers": 1}, {"algorithm": "gradient-averaging"}])
def test_where_workers_share_their_weights_there_is_none(change):
    recorder = Recorder()
    recorder.wants_drift = True
    history = History(wants_drift=True)
    run(small_plan(**{"workers": 2, **change}), observers=[history, recorder])
    assert {record.drift for record in history.records} == {None}
    assert all(0 <= record.communication_share <= 1 for record in history.records)
