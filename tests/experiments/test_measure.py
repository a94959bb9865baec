"""One run of the experiment: figures at every average, and weights that do not depend on them."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from fastavg.experiments.measure import Measured, measure
from fastavg.experiments.protocol import Protocol, split_rows
from fastavg.models.model import Model
from tests.experiments.made_up import digits
from tests.training.runs import Recorder

PROTOCOL = Protocol(splits=1, workers=(2,), epochs=(5, 10), hidden=(3,))
DATA = digits()


@pytest.mark.parametrize("column", PROTOCOL.columns, ids=lambda column: column.key)
def test_every_average_is_measured(column):
    class Last:
        def on_round(self, event):
            self.weights = event.weights().copy()

    last = Last()
    run = measure(PROTOCOL, column, 0, DATA, 1, (last,))
    assert (run.column, run.split, run.workers, run.processes) == (
        column.key, 0, column.workers, 1
    )
    rounds = len(run.epochs)
    assert run.epochs[-1] == 10
    for name in (
        "accuracy", "loss", "seconds", "worker_seconds", "slowest_seconds", "averaging_seconds",
        "waiting_seconds", "live_units",
    ):
        assert len(getattr(run, name)) == rounds, name
    assert run.seconds == sorted(run.seconds)
    network, (_, test) = PROTOCOL.network(400, 10), split_rows(60, 0)
    model = Model(network, last.weights, np.arange(10))
    expected = model.score(DATA.X[test].astype("f8"), DATA.y[test])
    assert run.at("accuracy", 10) == pytest.approx(expected, abs=1e-6)
    assert run.weights_sha256 == hashlib.sha256(last.weights.tobytes()).hexdigest()


def test_processes_change_no_weight(nothing_left):
    column = PROTOCOL.columns[1]
    one, two = (measure(PROTOCOL, column, 0, DATA, processes) for processes in (1, 2))
    assert one.weights_sha256 == two.weights_sha256
    assert one.accuracy == two.accuracy
    assert (one.processes, two.processes) == (1, 2)


def test_observers_are_told_and_splits_differ():
    recorder, column = Recorder(), PROTOCOL.columns[0]
    first = measure(PROTOCOL, column, 0, DATA, 1, (recorder,))
    assert len(recorder.events) == len(first.epochs) + 2
    assert measure(PROTOCOL, column, 1, DATA, 1).weights_sha256 != first.weights_sha256


def test_figures_at_and_until_an_epoch():
    run = Measured("model-1", 0, 1, 1, [5.0, 10.0, 15.0], [0.5, 0.6, 0.7])
    run.slowest_seconds = [1.0, 2.0, 4.0]
    assert run.at("accuracy", 10) == 0.6
    assert run.until("slowest_seconds", 10) == 3
    with pytest.raises(ValueError, match="is not in list"):
        run.at("accuracy", 7)
