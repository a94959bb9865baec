"""Ranges, means and deviations over ranks."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.preprocessing.column_statistics import (
    moments_of_all,
    no_range,
    range_of_all,
    widened,
)
from tests.communicators.ranks import on_ranks


def moments(X, ranks):
    own = X[ranks.rank :: ranks.size]
    extent = range_of_all(widened(no_range(X.shape[1]), own), ranks)
    return extent, moments_of_all(lambda: np.array_split(own, 3), extent, len(X), ranks)


def table():
    random = np.random.default_rng(0)
    return random.normal(size=(999, 5)) * [1, 1e-9, 1e9, 0, 1] + [0, 1, 1e9, 0.1, 1e7]


def test_means_and_deviations_are_those_of_numpy():
    X = table()
    extent, found = moments(X, LocalCommunicator())
    assert extent.low.tolist() == X.min(axis=0).tolist()
    assert extent.high.tolist() == X.max(axis=0).tolist()
    assert np.allclose(found.mean, X.mean(axis=0), rtol=1e-14)
    assert np.allclose(found.deviation[:3], X.std(axis=0)[:3], rtol=1e-6)
    assert (found.mean[3], found.deviation[3]) == (0.1, 0)


@pytest.mark.parametrize("size", [2, 3])
def test_the_same_bits_on_any_ranks(size):
    X = table()
    _, expected = moments(X, LocalCommunicator())
    for _, found in on_ranks(size, lambda ranks: moments(X, ranks)):
        assert found.mean.tobytes() == expected.mean.tobytes()
        assert found.deviation.tobytes() == expected.deviation.tobytes()


@pytest.mark.parametrize("scale", [1e-320, 1e-200, 1e200, 1e307])
def test_squares_that_float64_cannot_hold(scale):
    X = np.array([[1.0], [2.0], [4.0], [1.0]]) * scale
    _, found = moments(X, LocalCommunicator())
    assert found.mean[0] == pytest.approx(2 * scale, rel=1e-3)
    assert found.deviation[0] == pytest.approx(np.sqrt(1.5) * scale, rel=1e-3)


def test_a_rank_without_rows_takes_part():
    X = table()[:2]
    results = on_ranks(3, lambda ranks: moments(X, ranks)[1].mean.tolist())
    assert results == [results[0]] * 3
