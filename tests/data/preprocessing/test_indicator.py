"""Whether a number is missing."""

from __future__ import annotations

import numpy as np

from fastavg.data.preprocessing.indicator import MissingIndicator


def test_only_missing_numbers_count():
    made = MissingIndicator()
    values = np.array([0.0, np.nan, -1e308, np.inf, np.nan])
    assert made.apply(values).tolist() == [[0], [1], [0], [0], [1]]
    assert made.apply(values).dtype == np.float64
    assert made.width == 1


def test_the_compiled_form_writes_one_column_and_no_other():
    values = np.array([2.0, np.nan, 3.0])
    out = np.zeros((3, 3), "float32")
    MissingIndicator().write(values, out, 1)
    assert out.tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
