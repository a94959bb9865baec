"""What every source of parts promises."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.parts.sources import FEATURES, KINDS, ROWS, WORKERS, rows, source


@pytest.mark.parametrize("kind", KINDS)
def test_parts_are_all_rows_in_their_order(kind, tmp_path):
    made, (X, y) = source(kind, tmp_path), rows()
    assert (len(made.sizes), sum(made.sizes), made.n_features) == (WORKERS, ROWS, FEATURES)
    assert made.weighted is False
    assert (made.names is None) == (kind in ("array", "pieces", "npy", "fortran"))
    tables = [made.read(part, 0, size) for part, size in enumerate(made.sizes)]
    assert np.array_equal(np.concatenate([table.X for table in tables]), X)
    assert np.array_equal(np.concatenate([table.y for table in tables]), y)


@pytest.mark.parametrize("kind", KINDS)
def test_any_rows_of_a_part_can_be_read(kind, tmp_path):
    made = source(kind, tmp_path)
    for part, size in enumerate(made.sizes):
        whole = made.read(part, 0, size)
        for start, stop in ((0, 1), (size - 1, size), (size // 3, 2 * size // 3)):
            some = made.read(part, start, stop)
            assert np.array_equal(some.X, whole.X[start:stop])
            assert np.array_equal(some.y, whole.y[start:stop])
