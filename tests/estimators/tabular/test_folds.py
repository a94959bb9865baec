"""Parts of the rows: equal in size, with their share of every class, groups kept whole."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError
from fastavg.estimators.tabular.folds import folds_of


def test_groups_are_in_one_fold_each():
    groups = np.random.default_rng(0).integers(0, 12, 300)
    fold = folds_of(np.zeros(300), 4, 0, False, groups)
    assert all(len(np.unique(fold[groups == group])) == 1 for group in range(12))
    assert np.bincount(fold).min() > 40
    with pytest.raises(DataError, match="there are 2 groups of rows; 3 folds need as many"):
        folds_of(np.zeros(9), 3, 0, False, np.arange(9) % 2)


def test_folds_hold_every_class():

    y = np.repeat([0, 1, 2], [100, 23, 6])
    fold = folds_of(y, 5, 3, True)
    counts = np.array([np.bincount(y[fold == k], minlength=3) for k in range(5)])
    assert (np.ptp(counts, axis=0) <= 1).all()
    assert (counts[:, 2] >= 1).all()
    with pytest.raises(DataError, match="2 rows; 5 folds"):
        folds_of(np.zeros(2), 5, 0, False)


def test_folds_are_equal_in_size_and_the_seed_decides():
    fold = folds_of(np.zeros(103), 5, 1, False)
    assert sorted(np.bincount(fold).tolist()) == [20, 20, 21, 21, 21]
    assert np.array_equal(fold, folds_of(np.zeros(103), 5, 1, False))
    assert not np.array_equal(fold, folds_of(np.zeros(103), 5, 2, False))
