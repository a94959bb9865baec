"""What every data file becomes."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.table import Table, as_labels, weighted
from fastavg.errors import ConfigError


@pytest.mark.parametrize(("y", "dtype"), [
    ([1.0, 0.0, -3.0], np.int64), ([0.5, 1.0], np.float64), ([1.0, np.nan], np.float64),
    ([1.0, np.inf], np.float64), ([2.0**53, 0.0], np.float64), ([2.0**53 - 1, 0.0], np.int64),
])
def test_whole_numbers_become_integers_and_others_stay(y, dtype):
    made = as_labels(np.array(y))
    assert made.dtype == dtype
    np.testing.assert_array_equal(made, y)


def test_a_table_keeps_its_arrays_and_cannot_be_changed():
    X, y = np.eye(2), np.array([0, 1])
    table = Table(X, y)
    assert table.X is X
    assert table.y is y
    assert table.feature_names is None
    with pytest.raises(AttributeError):
        table.X = y


def test_a_column_becomes_the_weights_of_the_rows():
    X = np.array([[1.0, 5.0, 2.0], [3.0, 0.0, 4.0]])
    table = weighted(Table(X, np.arange(2), ("a", "w", "b")), "w", "t.csv")
    assert table.feature_names == ("a", "b")
    assert table.X.tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert table.weights.tolist() == [5.0, 0.0]
    assert weighted(Table(X, None), None, None).weights is None


@pytest.mark.parametrize(("names", "held"), [
    (("a", "w", "b"), "it has a, w, b"), (None, "it has no named columns"),
])
def test_weights_that_are_no_column_are_refused(names, held):
    with pytest.raises(ConfigError, match=rf"t\.csv: weights names no column, 'v'; {held}"):
        weighted(Table(np.ones((2, 3)), None, names), "v", "t.csv")
