"""DataFrames of every library, and what they are refused for."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.frame_sources import frame_of

COLUMNS = {"age": [31.0, None, 45.0], "town": ["Ulm", None, "Bonn"], "paid": [True, False, True]}


def made(library):
    if library == "dict":
        return COLUMNS
    if library == "pyarrow":
        import pyarrow as pa

        return pa.table(COLUMNS)
    if library == "polars":
        return pytest.importorskip("polars").DataFrame(COLUMNS)
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(COLUMNS)
    if library == "pandas, categories":
        return frame.astype({"town": "category"})
    return frame.astype({"town": object}) if library == "pandas, objects" else frame


@pytest.mark.parametrize(
    "library", ["dict", "pyarrow", "polars", "pandas", "pandas, categories", "pandas, objects"]
)
def test_the_same_columns(library):
    frame = frame_of(made(library))
    assert [frame.kind(name) for name in frame.names] == ["number", "text", "boolean"]
    np.testing.assert_array_equal(frame.numbers("age"), [31, np.nan, 45])
    codes, levels = frame.categories("town")
    assert [levels[code] if code >= 0 else None for code in codes] == COLUMNS["town"]
    assert frame.missing("town").tolist() == [False, True, False]


def test_columns_of_mixed_types_are_text():
    pandas = pytest.importorskip("pandas")
    frame = frame_of(pandas.DataFrame({"a": pandas.Series([1, "x", None] * 9, dtype=object)}))
    assert frame.categories("a").levels == ["1", "x"]


def test_dates_of_pandas():
    pandas = pytest.importorskip("pandas")
    frame = frame_of(pandas.DataFrame({"when": pandas.to_datetime(["1970-01-02", None])}))
    assert frame.kind("when") == "date"
    np.testing.assert_array_equal(frame.numbers("when"), [1, np.nan])


def test_arrays_of_numbers_and_of_objects():
    assert frame_of(np.ones((2, 3), "f4")).names == ("x0", "x1", "x2")
    frame = frame_of(np.array([[1, "a"], [2, "b"]], object))
    assert [frame.kind(name) for name in frame.names] == ["number", "text"]


@pytest.mark.parametrize(("data", "said"), [
    ([1, 2], r"shape \(2,\)"),
    (np.zeros((0, 2)), "0 rows"),
    (np.zeros((2, 2), complex), "Complex data not supported"),
])
def test_what_is_no_table(data, said):
    with pytest.raises(DataError, match=said):
        frame_of(data)


def test_two_columns_of_one_name():
    pandas = pytest.importorskip("pandas")
    with pytest.raises(DataError, match="two columns 'a'"):
        frame_of(pandas.DataFrame([[1, 2]], columns=["a", "a"]))
