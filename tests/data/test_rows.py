"""Rows of a run: taken, and shared between processes."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from scipy.sparse import random_array

from fastavg.data.rows import LINE, Rows, RowsForm, move_in, room_for
from fastavg.data.sparse_rows import check_sparse

X = np.arange(12.0, dtype="float32").reshape(4, 3)
Y = np.arange(4, dtype="float32")[:, None]
WEIGHTS = np.array([1, 2, 3, 4], "float32")
NONE = np.zeros(0, "float32")


def copied(rows):
    segment, form = room_for(rows)
    move_in(rows, segment, form)
    return segment, form


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
    segment, form = copied(Rows(X, Y, weights))
    try:
        views = form.rows(segment)
        for view, array in zip(views.arrays, (X, Y, weights), strict=True):
            assert view.dtype == array.dtype
            np.testing.assert_array_equal(view, array)
        # All views are of one memory, and none of the rows' own.
        views.X[0, 0] = 99
        assert form.rows(segment).X[0, 0] == 99
        assert X[0, 0] == 0
        del views, view
    finally:
        segment.close()


def test_nothing_more_is_copied_once_it_is_unwanted(nothing_left):
    rows, unwanted = Rows(X, Y, WEIGHTS), threading.Event()
    segment, form = room_for(rows)
    try:
        unwanted.set()
        move_in(rows, segment, form, unwanted)
        assert not form.rows(segment).X.any()
        move_in(rows, segment, form)
        assert form.rows(segment).X.tolist() == X.tolist()
    finally:
        segment.close()


def test_sparse_rows_are_shared_as_they_are(nothing_left):
    sparse = check_sparse(random_array((9, 40), density=0.1, random_state=0), "float32", 40)
    rows = Rows(sparse, np.ones((9, 1), "float32"), NONE)
    assert len(rows.arrays) == 5
    some = rows.take(np.array([8, 1, 2, 3]))
    assert len(some) == 4
    segment, form = copied(some)
    try:
        shared = form.rows(segment)
        assert shared.X.shape == (4, 40)
        assert shared.X.dtype == np.float32
        assert np.array_equal(shared.X.toarray(), sparse.toarray()[[8, 1, 2, 3]])
        del shared
    finally:
        segment.close()


def test_every_array_begins_on_a_cache_line():
    offsets = RowsForm(
        (((5, 3), "<f8"), ((5, 1), "<f8"), ((0,), "<f8"), ((3,), "<i4"), ((), "<f8")), 3
    ).offsets()
    assert offsets == [0, 128, 192, 192, 256, 320]
    assert not any(at % LINE for at in offsets)
