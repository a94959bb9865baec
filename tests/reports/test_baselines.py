"""A linear model finds what is linear, and no more."""

from __future__ import annotations

import numpy as np

from fastavg.reports.baselines import linear_baseline
from tests.reports.tables import frame, table_rows


def halves(y):
    rows, order = table_rows(), np.arange(len(y))
    return tuple((rows.take(part), y[part]) for part in (order[::2], order[1::2]))


def test_what_is_linear_is_found():
    train, test = halves(frame()["price"].to_numpy())
    found = linear_baseline(train, test, "number")
    assert found["rows"] == 120
    assert found["test"]["r2"] > 0.95
    price = frame()["price"].to_numpy()
    train, test = halves(np.where(price > 0, "dear", "cheap"))
    found = linear_baseline(train, test, "class")
    assert found["test"]["accuracy"] > 0.9
    assert "baseline_accuracy" not in found["test"]


def test_many_classes_have_none():
    train, test = halves(np.arange(240) % 80)
    assert linear_baseline(train, test, "class") == {}
