"""Sums that no order of rows and no distribution over ranks can change."""

from __future__ import annotations

import math

import numpy as np
import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.data.preprocessing.exact_sums import exact_sums
from tests.communicators.ranks import on_ranks


def columns(dtype="f4", n=5000):
    random = np.random.default_rng(1)
    X = random.normal(size=(n, 4)) * [1, 1e-6, 1e6, 1e30] + [0, 3, -1e6, 0]
    return X.astype(dtype).astype("f8")


@pytest.mark.parametrize("dtype", ["f4", "f8"])
def test_sums_are_those_of_fsum(dtype):
    X = columns(dtype)
    found = exact_sums([X], np.abs(X).max(axis=0), LocalCommunicator())
    exact = np.array([math.fsum(column) for column in X.T])
    assert (np.abs(found - exact) <= 1e-18 * np.abs(X).sum(axis=0)).all()


def test_order_blocks_and_ranks_do_not_matter():
    X = columns("f8")
    largest = np.abs(X).max(axis=0)
    expected = exact_sums([X], largest, LocalCommunicator()).tobytes()
    for size in (1, 2, 5):
        for seed in range(3):
            shuffled = np.random.default_rng(seed).permutation(X)

            def own(ranks, rows=shuffled):
                part = rows[ranks.rank :: ranks.size]
                return exact_sums(np.array_split(part, 7), largest, ranks).tobytes()

            assert on_ranks(size, own) == [expected] * size


@pytest.mark.parametrize("value", [0.0, 5e-324, 1e-300, 1.0, 1e300])
def test_extreme_numbers(value):
    found = exact_sums([np.full((8, 1), value)], np.array([value]), LocalCommunicator())
    assert found[0] == (8 * value if value > 1e-290 else 0.0)
