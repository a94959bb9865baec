"""Parts of the rows, and single rows, with the largest loss."""

from __future__ import annotations

import numpy as np

from fastavg.reports.report_rows import ReportRows
from fastavg.reports.weak_spots import weak_segments, worst_rows
from tests.reports.tables import frame, table_rows


def test_the_town_with_the_errors_comes_first():
    losses = np.where(frame()["town"] == "Bonn", 4.0, 1.0)
    first = weak_segments(table_rows(), losses, root=True)[0]
    assert (first["column"], first["part"], first["loss"]) == ("town", "Bonn", 2.0)
    assert first["rows"] == (frame()["town"] == "Bonn").sum()


def test_rows_without_a_value_are_a_part():
    rows = ReportRows(np.where(np.arange(60) < 30, np.nan, 1.0)[:, None] * np.ones((1, 1)), ("x",))
    found = weak_segments(rows, np.where(np.arange(60) < 30, 1.0, 0.0), root=False)
    assert found[0] == {"column": "x", "part": "missing", "rows": 30, "loss": 1.0}


def test_the_worst_rows_by_their_ids():
    found = worst_rows(np.array(["a", "b", "c"]), np.arange(3), np.arange(3) + 1.5,
                       np.array([0.5, 3.0, 1.0]))
    assert [each["id"] for each in found] == ["b", "c", "a"]
    assert found[0] == {"id": "b", "target": 1, "prediction": 2.5, "loss": 3.0}
