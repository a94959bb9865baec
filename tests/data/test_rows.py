"""Rows of a run: taken, and shared between processes."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.rows import LINE, Rows, RowsForm, share

X = np.arange(12.0, dtype="float32").reshape(4, 3)
Y = np.arange(4, dtype="float32")[:, None]
WEIGHTS = np.array([1, 2, 3, 4], "float32")
NONE = np.zeros(0, "float32")


@pytest.mark.parametrize(("weights", "taken"), [(WEIGHTS, [4, 1]), (NONE, [])])
def test_rows_are_taken_in_the_order_that_is_asked_for(weights, taken):
    rows = Rows(X, Y, weights)
    assert len(rows) == 4
    some = rows.take(np.array([3, 0]))
    assert some.X.tolist() == X[[3, 0]].tolist()
    assert some.Y.ravel().tolist() == [3, 0]
    assert some.weights.tolist() == taken


@pytest.mark.parametrize("weights", [WEIGHTS, NONE])
def test_a_shared_copy_holds_the_same_rows(nothing_left, weights):
    segment, form = share(Rows(X, Y, weights))
    try:
        views = form.views(segment)
        for view, array in zip(views, (X, Y, weights), strict=True):
            assert view.dtype == array.dtype
            np.testing.assert_array_equal(view, array)
        # All views are of one memory, and none of the rows' own.
        views[0][0, 0] = 99
        assert form.views(segment)[0][0, 0] == 99
        assert X[0, 0] == 0
        del views, view
    finally:
        segment.close()


def test_every_array_begins_on_a_cache_line():
    offsets = RowsForm(((5, 3), (5, 1), (0,)), "<f8").offsets()
    assert offsets == [0, 128, 192, 192]
    assert not any(at % LINE for at in offsets)
