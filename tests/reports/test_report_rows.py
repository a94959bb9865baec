"""Rows with columns that change places, of tables and of arrays."""

from __future__ import annotations

import numpy as np

from tests.reports.tables import frame, plain, table_rows


def test_a_column_of_a_table_moves_alone():
    rows = table_rows()
    order = np.arange(len(rows))[::-1]
    moved = rows.moved("town", order)
    assert [*moved.X.columns["town"].to_pylist()][::-1] == rows.X.columns["town"].to_pylist()
    np.testing.assert_array_equal(moved.numbers("size"), rows.numbers("size"))
    codes, levels = moved.take(np.array([0])).levels("town")
    last = frame()["town"].iloc[-1]
    assert (levels[codes[0]] if codes[0] >= 0 else None) == last
    assert rows.numbers("town") is None


def test_a_column_of_an_array_moves_alone():
    _, rows, _ = plain()
    moved = rows.moved("b", np.zeros(len(rows), int))
    assert set(moved.numbers("b")) == {rows.X[0, 1]}
    np.testing.assert_array_equal(moved.numbers("a"), rows.X[:, 0])
    assert len(rows.take(np.array([1, 2]))) == 2
    codes, levels = rows.levels("a")
    assert levels[codes[5]] == f"{rows.X[5, 0]:g}"
