"""Errors of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.reports.number_quality import number_quality

RANDOM = np.random.default_rng(0)


def test_tenths_hold_all_rows_from_the_lowest():
    y = RANDOM.normal(size=5003)
    predicted = y + RANDOM.normal(size=5003)
    found = number_quality(y, predicted)
    assert found["bias"] == pytest.approx((predicted - y).mean())
    assert found["median_error"] == pytest.approx(np.median(np.abs(predicted - y)))
    rows = [each["rows"] for each in found["tenths"]]
    assert (len(rows), sum(rows)) == (10, 5003)
    means = [each["predicted"] for each in found["tenths"]]
    assert means == sorted(means)
    squares = [each["rmse"] ** 2 for each in found["tenths"]]
    assert np.average(squares, weights=rows) == pytest.approx(((predicted - y) ** 2).mean())
    assert len(found["shown"]["true"]) <= 1500


def test_few_rows():
    assert len(number_quality(np.arange(3.0), np.arange(3.0))["tenths"]) == 3
