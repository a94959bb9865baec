"""What every data file becomes."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.table import Table, as_labels


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
