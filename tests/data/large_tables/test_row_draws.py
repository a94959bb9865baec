"""Draws for the rows of a large table."""

from __future__ import annotations

import numpy as np

from fastavg.data.large_tables.row_draws import drawn


def test_a_rows_draw_depends_on_its_number_alone():
    whole = drawn("sample", 0, 1000)
    parts = [drawn("sample", start, start + 250) for start in range(0, 1000, 250)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    assert whole.min() >= 0
    assert whole.max() < 1


def test_purposes_and_seeds_differ_and_draws_are_uniform():
    made = drawn("bucket", 0, 20_000)
    for other in (drawn("sample", 0, 20_000), drawn("bucket", 0, 20_000, seed=1)):
        assert abs(np.corrcoef(made, other)[0, 1]) < 0.03
    assert np.abs(np.bincount((made * 10).astype(int)) - 2000).max() < 200
