"""The accuracy that a progress line shows."""

from __future__ import annotations

import numpy as np
import pytest
from fastavg_cli.terminal import accuracy
from fastavg_cli.terminal.accuracy import AccuracyProbe

from tests.cli.terminal.events import MODEL, NETWORK, NUMBERS, round_finished

X = np.random.default_rng(0).normal(size=(1200, 4))
Y = np.random.default_rng(1).integers(0, 3, 1200)


@pytest.mark.parametrize("rows", [1, 500, 501, 1200])
def test_it_is_the_score_of_at_most_500_rows_evenly_spread(rows):
    probe = AccuracyProbe(MODEL, X[:rows], Y[:rows])
    probe.on_round(round_finished(0))
    step = -(-rows // 500)
    assert probe.latest == MODEL.score(X[:rows:step], Y[:rows:step])
    assert probe.name == "accuracy"


def test_it_is_measured_now_and_then(monkeypatch):
    probe = AccuracyProbe(MODEL, X, Y)
    probe.on_round(round_finished(0))
    first, other = probe.latest, NETWORK.initial_weights(9)
    probe.on_round(round_finished(1, weights=other))
    assert probe.latest == first
    monkeypatch.setattr(accuracy, "EVERY_SECONDS", 0.0)
    again = AccuracyProbe(MODEL, X, Y)
    again.on_round(round_finished(0))
    again.on_round(round_finished(1, weights=other))
    assert again.latest != first


def test_without_test_rows_there_is_none():
    probe = AccuracyProbe(MODEL, X[:0], Y[:0])
    probe.on_round(round_finished(0))
    assert probe.latest is None


def test_numbers_have_r_squared():
    assert AccuracyProbe(NUMBERS, X, X[:, 0]).name == "R²"
