"""Rows of a group: in the type of the columns, holes and infinities by name."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fastavg.data.frame import Frame
from fastavg.data.parts import opened_group
from fastavg.data.parts.opened_group import OpenedGroup
from fastavg.errors import DataError

NAMES = ("a", "b")


def opened(*columns):
    table = pa.table(dict(zip(NAMES, columns, strict=True)))
    return OpenedGroup(table, NAMES), Frame(table.slice(1, 2), "t.parquet")


@pytest.mark.parametrize(("types", "expected"), [
    (("f4", "f4"), "f4"), (("f4", "f8"), "f8"), (("f4", "i8"), "f8"), (("?", "f4"), "f8"),
])
def test_rows_have_the_type_that_holds_all_columns(types, expected):
    made, frame = opened(*(np.array([0, 1, 1, 0]).astype(kind) for kind in types))
    rows = made.matrix(frame, 1, 3)
    assert rows.dtype == expected
    assert rows.tolist() == [[1, 1], [1, 1]]


@pytest.mark.parametrize(("value", "said"), [
    (None, "t.parquet, row 1, column 'b' is empty; it must be a finite number"),
    (np.nan, "t.parquet, row 1, column 'b' is empty"),
    (np.inf, "t.parquet, row 1, column 'b' holds inf"),
])
def test_what_is_no_finite_number_is_named(value, said):
    made, frame = opened([1.0, 2.0, 3.0], pa.array([1.0, 2.0, value]))
    with pytest.raises(DataError, match=said):
        made.matrix(frame, 1, 3)


def test_numbers_whose_sum_is_too_large_are_finite():
    made, frame = opened(np.full(3, 3e38, "f4"), np.full(3, 3e38, "f4"))
    assert made.matrix(frame, 1, 3).shape == (2, 2)


@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f4", "f8")])
def test_many_rows_are_turned_by_a_kernel(kinds, monkeypatch):
    monkeypatch.setattr(opened_group, "MANY", 1)
    columns = [np.arange(900).astype(kind) * (at + 1) for at, kind in enumerate(kinds)]
    table = pa.table(dict(zip(NAMES, columns, strict=True)))
    rows = OpenedGroup(table, NAMES).matrix(Frame(table.slice(5, 888), "t.parquet"), 5, 893)
    assert rows.dtype == kinds[1]
    assert np.array_equal(rows, np.stack(columns, axis=1)[5:893])
    columns[1][893 - 1] = np.nan
    table = pa.table(dict(zip(NAMES, columns, strict=True)))
    with pytest.raises(DataError, match=r"t.parquet, row 887, column 'b' is empty"):
        OpenedGroup(table, NAMES).matrix(Frame(table.slice(5, 888), "t.parquet"), 5, 893)
