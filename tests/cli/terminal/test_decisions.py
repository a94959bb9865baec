"""What was decided about the data, in one line; and warnings where that is unlikely."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from fastavg_cli.terminal.decisions import (
    decisions,
    doubts,
    said_choices,
    write_decisions,
    write_doubts,
)

from fastavg import Plan
from fastavg.data.prepare import prepare
from fastavg.data.table import Table

X = np.random.default_rng(0).normal(size=(100, 3))


def rows(y, kind="auto", scale="auto", X=X):
    y = np.asarray(y)
    return prepare(Table(X, y, None), y, test_size=0.3, scale=scale, dtype="float32", kind=kind)


@pytest.mark.parametrize(("y", "kind", "target"), [
    (np.arange(100) % 3, "auto", "3 classes"),
    (X[:, 0] * 2 + 9, "auto", "numbers, standardised (mean "),
    (np.c_[X[:, 0], X[:, 1]], "auto", "numbers, standardised (mean "),
])
def test_the_line_says_target_scaling_rows_workers_and_batch(y, kind, target):
    line = decisions(rows(y, kind), Plan(workers=2, batch_size=16))
    assert line.startswith(f"target: {target}")
    assert line.endswith("3 features scaled; 70 rows train, 30 test; 2 workers, steps of 16 rows")


def test_numbers_that_are_not_standardised_are_named_so():
    line = decisions(rows(X[:, 0] ** 2, scale="none").unscaled(), Plan(batch_size=0))
    assert "target: numbers as they are; 3 features as they are;" in line
    assert line.endswith("1 worker, steps of their whole sample")


@pytest.mark.parametrize(("y", "kind", "scale", "size", "said"), [
    (np.arange(100), "class", "auto", 1.0, "classes for "),
    (np.r_[7, np.arange(99) % 2], "auto", "auto", 1.0, "a single row (such as 7)"),
    (np.arange(100) * 10, "auto", "auto", 1.0, "--kind class makes them classes"),
    (np.arange(100) % 2, "auto", "none", 1e9, "stays unscaled"),
    (np.arange(100) % 2, "auto", "none", 1e-9, "stays unscaled"),
])
def test_what_is_unlikely_is_warned_about(y, kind, scale, size, said, capsys):
    found = rows(y, kind, scale, X * size)
    assert any(said in doubt for doubt in doubts(found))
    write_decisions(found, Plan())
    first, *warned = capsys.readouterr().err.splitlines()
    assert first.startswith("fastavg: target: ")
    assert all(line.startswith("fastavg: warning: ") for line in warned)
    assert len(warned) >= 1


@pytest.mark.parametrize(("y", "kind"), [
    (np.arange(100) % 2, "auto"), (np.arange(100) * 10, "number"), (X[:, 0], "auto"),
])
def test_what_is_likely_is_not(y, kind):
    assert list(doubts(rows(y, kind))) == []


def test_nobody_listening_is_no_failure(monkeypatch):
    monkeypatch.setattr(sys, "stderr", None)
    write_doubts(rows(np.arange(100) * 10))


def test_hidden_layers_are_said_where_they_were_left_open():
    assert list(said_choices({"network": {"hidden": "auto"}}, (64, 32))) == [
        "hidden layers are 64,32, by rows, columns and outputs (--hidden 64,32)"
    ]
    assert list(said_choices({"network": {"hidden": [64]}}, (64,), 0.1)) == []


def test_a_rate_that_was_looked_for_is_said():
    assert list(said_choices({"solver": {"learning_rate": "auto"}}, (64,), 0.0021)) == [
        "learning rate is 0.0021, by a range test (--learning-rate 0.0021)"
    ]
