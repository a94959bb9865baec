"""Quantiles of rows on several ranks have the bits of NumPy's of all rows."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.preprocessing.order_statistics import (
    counts_of_all,
    keys_of,
    numbers_of,
    order_statistics,
    quantiles_of_all,
)
from tests.communicators.ranks import on_ranks

ODD = np.array([0.0, -0.0, 5e-324, -5e-324, 1e-300, 1.0, -1.0, 1.7e308, -3e307, 0.1])


def columns(seed=0):
    """Of different lengths and shapes; one has a single number."""
    random = np.random.default_rng(seed)
    return [
        random.normal(size=1001), np.repeat([3.0, -7.5, 2.0], [40, 1, 9]), ODD, np.array([4.25]),
        random.integers(-3, 3, 200).astype(float), np.exp(30 * random.normal(size=333)),
    ]


def dealt(column, rank, size):
    """Some rows of a rank, in ascending order; the first rank has none of the short columns."""
    own = np.arange(len(column)) % 7 % size == size - 1 - rank
    return np.sort(column[own])


AT = [np.array([0.0, 0.25, 0.5, 0.75, 1.0]), np.linspace(0, 1, 256), np.array([])]


@pytest.mark.parametrize("at", AT, ids=["quartiles", "many", "none"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_quantiles_are_those_of_the_whole_to_the_bit(size, at):
    made = columns()

    def rank(ranks):
        own = [dealt(column, ranks.rank, size) for column in made]
        counts = counts_of_all(own, ranks)
        assert counts.tolist() == [len(column) for column in made]
        return quantiles_of_all(own, counts, [at] * len(made), ranks)

    for found in on_ranks(size, rank):
        for column, quantiles in zip(made, found, strict=True):
            # A zero of a rank has no sign.
            expected = np.quantile(column, at) + 0.0
            assert np.array_equal(quantiles, expected)


def test_every_order_statistic_is_a_number_of_the_rows():
    made = columns(1)

    def rank(ranks):
        own = [dealt(column, ranks.rank, 2) for column in made]
        return order_statistics(own, [np.arange(len(column)) for column in made], ranks)

    for found in on_ranks(2, rank):
        for column, numbers in zip(made, found, strict=True):
            assert np.array_equal(numbers, np.sort(column))


def test_keys_are_in_the_order_of_the_numbers():
    numbers = np.sort(np.concatenate(columns(2)))
    keys = keys_of(numbers)
    assert np.array_equal(np.sort(keys), keys)
    assert np.array_equal(numbers_of(keys), numbers)
    assert len(np.unique(keys_of(np.array([0.0, -0.0])))) == 1
