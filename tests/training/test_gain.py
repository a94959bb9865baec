"""The gain of averages: on stated rows, reported where it is negative, made again if asked."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import SGD, Resample
from fastavg.averaging.reduction import Slots
from fastavg.communicators import LocalCommunicator
from fastavg.plan.gain_check import GainCheck
from fastavg.training.checkpoints.periodic import Checkpoints
from fastavg.training.gain import GainMeter, gain_meter
from fastavg.training.observers.bad_average import BadAverage
from fastavg.training.observers.history import History
from fastavg.training.run import Run
from tests.communicators.ranks import on_ranks
from tests.training.controllers.test_steered_rounds import Stop
from tests.training.runs import (
    NETWORK,
    Recorder,
    data_for,
    fingerprint,
    first_weights,
    one_by_one,
    run,
    small_plan,
)

# Long rounds of long steps on few rows: means of the workers may be worse than the workers.
WILD = {
    "workers": 2, "epochs": 8, "average_every": 4.0, "solver": SGD(5.0), "seed": 3,
    "sampling": Resample(0.2),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_losses_are_those_of_the_model_on_the_same_rows(dtype):
    plan = small_plan(workers=2, dtype=dtype, gain=GainCheck(rows=30))
    data = data_for(NETWORK, 100, dtype)
    start = first_weights(NETWORK, plan)
    meter = GainMeter(Run(NETWORK, plan, data, start), LocalCommunicator())
    assert len(set(meter.rows.tolist())) == 30
    random = np.random.default_rng(0)
    vectors = (start + 0.3 * random.normal(size=(2, start.size))).astype(dtype)
    mean = vectors.mean(axis=0)
    slots = Slots(vectors.reshape(-1), np.arange(2) * start.size)
    gain = meter.of_round(slots, [0.25, 0.75], mean)

    def loss(weights):
        (first, first_bias), (last, last_bias) = NETWORK.views(weights.astype(float))
        out = np.tanh(data.X[meter.rows] @ first + first_bias) @ last + last_bias
        logarithms = out - np.log(np.exp(out).sum(axis=1, keepdims=True))
        return -(data.Y[meter.rows] * logarithms).sum(axis=1).mean()

    rel = 1e-5 if dtype == "float32" else 1e-12
    assert gain.average == pytest.approx(loss(mean), rel=rel)
    expected = 0.25 * loss(vectors[0]) + 0.75 * loss(vectors[1])
    assert gain.workers == pytest.approx(expected, rel=rel)
    assert gain.value == gain.workers - gain.average


def test_nobody_pays_who_does_not_ask():
    plan = small_plan(workers=2)
    given = Run(NETWORK, plan, data_for(NETWORK, 100, plan.dtype), first_weights(NETWORK, plan))
    assert gain_meter(given, LocalCommunicator()) is None
    history = History()
    run(plan, observers=[history])
    assert {each.gain for each in history.records} == {None}


def test_reports_change_no_bit_and_are_there_for_every_round():
    history, recorder = History(), Recorder()
    plan = small_plan(**WILD)
    asked = small_plan(**WILD, gain=GainCheck(rows=100))
    expected = fingerprint(run(plan))
    assert fingerprint(run(asked, observers=[history, recorder])) == expected
    bad = [each.round for each in history.records if each.gain < 0]
    assert [event.round for event in recorder.of(BadAverage)] == bad
    assert not any(event.redone for event in recorder.of(BadAverage))
    assert bad


@pytest.mark.usefixtures("nothing_left")
@pytest.mark.timeout(120)
def test_a_bad_average_is_made_again_with_the_same_bits_anywhere(tmp_path):
    plan = small_plan(**WILD, gain=GainCheck(rows=100, bad="redo"))
    history, recorder = History(), Recorder()
    expected = fingerprint(one_by_one(plan, observers=[history, recorder]))
    redone = [event for event in recorder.of(BadAverage) if event.redone]
    assert redone
    for event in redone:
        assert history.records[event.round].steps < event.steps
    assert all(each.gain >= 0 or each.steps == 1 for each in history.records)
    total = plan.total_steps(plan.sampler(100))
    assert sum(each.steps for each in history.records) == total
    assert fingerprint(run(plan, processes=2)) == expected
    assert set(on_ranks(2, lambda ranks: fingerprint(run(plan, communicator=ranks)))) == {expected}
    at = redone[-1].round
    with pytest.raises(KeyboardInterrupt):
        run(plan, observers=[Stop(at)], checkpoints=Checkpoints(tmp_path / "run", 1))
    again = run(plan, checkpoints=Checkpoints(tmp_path / "run", 1, resume="auto"))
    assert fingerprint(again) == expected
