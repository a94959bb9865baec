"""Permutations by key: a row for each, the same at some places as at all."""

import numpy as np

from fastavg.data.permutations import permuted
from fastavg.randomness import key


def test_each_key_has_a_permutation_of_its_own():
    keys = [key(0, "test", number) for number in range(4)]
    rows = permuted(keys, 600, np.arange(600))
    assert (np.sort(rows) == np.arange(600)).all()
    assert len(np.unique(rows, axis=0)) == 4
    some = np.array([599, 0, 7])
    for number, row in zip(keys, rows, strict=True):
        assert (permuted([number], 600, some)[0] == row[some]).all()


def test_no_places_and_no_keys():
    assert permuted([1, 2], 5, np.arange(0)).shape == (2, 0)
    assert permuted([], 5, np.arange(5)).shape == (0, 5)
