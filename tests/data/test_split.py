"""The split: all rows once, every class in its share, the same for the same seed."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError
from fastavg.data.split import split_rows


@pytest.mark.parametrize("by_class", [True, False])
@pytest.mark.parametrize("part", [0, 0.1, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("n", [2, 7, 1000])
def test_every_row_goes_one_way(n, part, by_class):
    y = np.random.default_rng(n).integers(0, 3, n)
    train, test = split_rows(y, part, 1, by_class)
    assert sorted([*train, *test]) == list(range(n))
    # A class that would only test trains instead.
    assert set(y[train]) == set(y) or not by_class
    lost = len(np.unique(y)) if by_class and n < 10 else 0
    assert round(part * n) - lost <= len(test) <= round(part * n)


@pytest.mark.parametrize("part", [0.1, 0.3, 1 / 3])
def test_every_class_has_its_share(part):
    y = np.repeat(["a", "b", "c", "d"], [500, 90, 30, 7])
    _, test = split_rows(y, part, 0, by_class=True)
    for name, count in zip(*np.unique(y, return_counts=True), strict=True):
        assert abs((y[test] == name).sum() - part * count) <= 1


def test_seeds():
    y = np.zeros(100)
    first = split_rows(y, 0.3, 0, False)[1].tolist()
    assert split_rows(y, 0.3, 0, False)[1].tolist() == first
    assert split_rows(y, 0.3, 1, False)[1].tolist() != first


@pytest.mark.parametrize("part", [-0.1, 1, 1.5, float("nan")])
def test_impossible_parts(part):
    with pytest.raises(ConfigError, match="test size"):
        split_rows(np.zeros(10), part, 0, False)
    with pytest.raises(ConfigError, match="leaves none of 2 rows"):
        split_rows(np.zeros(2), 0.9, 0, False)
