"""The text that exported files of tables are made of: columns of every kind, and refusals."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fastavg.models.exported_table import (
    codes_of,
    columns_of,
    encode,
    is_missing,
    numbers_of,
    part_of,
)

SIZE = [{"column": "size", "part": "number", "transforms": [
    {"name": "scaled", "center": 0.0, "factor": 1.0, "limit": 0.0}, {"name": "missing-indicator"},
]}]


@pytest.mark.parametrize("table", [
    {"size": [1.0, None], "more": [0, 0]}, [{"size": 1}, {"size": None}], [{"size": 1}, {}],
    [{"size": "1"}, {"size": " NA "}],
    pd.DataFrame({"size": [1.0, np.nan]}), pd.DataFrame({"size": [1, pd.NA]}),
    pd.DataFrame({"size": pd.array([1, None], "Int64")}), pa.table({"size": [1, None]}),
    np.array([(1.0,), (np.nan,)], [("size", "f8")]),
])
def test_tables_of_every_kind(table):
    np.testing.assert_array_equal(encode(table, SIZE, {}), [[1, 0], [0, 1]])


def test_polars():
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"size": [1, None]})
    np.testing.assert_array_equal(encode(table, SIZE, {}), [[1, 0], [0, 1]])


@pytest.mark.parametrize(("table", "said"), [
    ({"other": [1]}, "the table has no column 'size', which the model was trained on"),
    ([{"other": 1}], "the table has no column 'size'"),
    ([[1]], "every row must be a dict with a value for each column"),
    ({"size": [1, "big"]}, "row 1, column 'size' holds 'big'; it must be a finite number"),
    ({"size": [float("inf")]}, "row 0, column 'size' holds inf"),
    ({"size": ["1_000"]}, "row 0, column 'size' holds '1_000'"),
])
def test_refusals(table, said):
    with pytest.raises(ValueError, match=said):
        encode(table, SIZE, {})


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ValueError, match=r"the columns have \[1, 2\] values"):
        columns_of({"a": [1], "b": [1, 2]}, ["a", "b"])


def test_dates():
    zone = datetime.timezone(datetime.timedelta(hours=2))
    found = numbers_of([
        datetime.date(1970, 1, 2), datetime.datetime(1970, 1, 1, 12), "1970-01-03",
        "1970-01-01T06:00:00", pd.Timestamp("1970-01-02"), np.datetime64("1970-01-05"), pd.NaT,
        datetime.datetime(1970, 1, 1, 2, tzinfo=zone),
    ], "day")
    np.testing.assert_array_equal(found, [1, 0.5, 2, 0.25, 1, 4, np.nan, 0])
    found = numbers_of(np.array(["1970-01-02T12", "NaT"], "M8[h]"), "day")
    np.testing.assert_array_equal(found, [1.5, np.nan])
    parts = [part_of(np.array([31.25]), part)[0] for part in ("day", "weekday", "year_day", "hour")]
    assert parts == [31.25, 6, 31, 6]


def test_levels():
    def codes(values, levels, part="category"):
        return codes_of(values, part, levels).tolist()

    assert codes(["b", " b ", "c", "", None, np.nan, "NA"], ["a", "b"]) == [1, 1, 2, -1, -1, -1, -1]
    # Text that stands for a missing value in files, but was a level.
    assert codes(["NA", "null"], ["NA"]) == [0, -1]
    assert codes([3, 3.0, np.int64(3), "3", 2.5], ["2.5", "3"]) == [1, 1, 1, 1, 0]
    assert codes(np.array([3.0, np.nan]), ["3"]) == [0, -1]
    assert codes([True, np.bool_(False), "True", "false", "no"], ["false", "true"], "boolean") == [
        1, 0, 1, 0, 2,
    ]
    assert codes(["x", None, 7], ["known"], "known") == [0, -1, 0]
    assert codes(pd.Series(["b"], dtype="category"), ["a", "b"]) == [1]


def test_missing():
    assert all(map(is_missing, [None, np.nan, pd.NA, pd.NaT, "", "  ", np.datetime64("NaT")]))
    assert not any(map(is_missing, [0, "a", False, 0.0, pd.Timestamp(0)]))


def test_transforms():
    arrays = {"e": np.array([0.0, 1.0, 3.0]), "p": np.array([0.0, 0.5, 1.0]),
              "o": np.array([0, -1, 1])}
    feature = {"column": "x", "part": "number"}
    made = encode({"x": [0.5, None]}, [
        feature | {"transforms": [
            {"name": "piecewise-linear", "edges": "e"}, {"name": "quantile", "edges": "e",
                                                         "places": "p"},
            {"name": "scaled", "center": 0.0, "factor": 6.0, "limit": 3.0},
        ]},
    ], arrays)
    np.testing.assert_allclose(made, [[0, -1, -(3**0.5) / 2, 3 / 2**0.5], [0, 0, 0, 0]])
    made = encode({"x": ["a", "b", None]}, [{"column": "x", "part": "category", "transforms": [
        {"name": "one-hot", "levels": ["a"], "places": "o", "width": 2},
    ]}], arrays)
    np.testing.assert_array_equal(made, [[1, 0], [0, 0], [0, 1]])
