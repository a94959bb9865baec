"""Typed columns by name: their kinds, their values, and where a wrong one stands."""

from __future__ import annotations

import datetime
from dataclasses import replace
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.frame import Frame

DAY = datetime.date(1970, 1, 3)


def frame(**columns):
    return Frame(pa.table(columns), source="t.csv")


@pytest.mark.parametrize(("values", "kind", "numbers"), [
    ([1, None], "number", [1, np.nan]),
    ([0.5, None], "number", [0.5, np.nan]),
    ([Decimal("1.25"), None], "number", [1.25, np.nan]),
    ([datetime.timedelta(microseconds=7)], "number", [7]),
    ([datetime.time(microsecond=9)], "number", [9]),
    ([DAY, None], "date", [2, np.nan]),
    ([datetime.datetime(1970, 1, 1, 12)], "date", [0.5]),
    ([True, None], "boolean", [1, np.nan]),
    (["2", None, " 3"], "text", [2, np.nan, 3]),
])
def test_kinds_and_numbers(values, kind, numbers):
    made = frame(a=values)
    assert made.kind("a") == kind
    np.testing.assert_array_equal(made.numbers("a"), numbers)
    assert made.missing("a").tolist() == np.isnan(numbers).tolist()


def test_a_type_that_is_no_column():
    with pytest.raises(DataError, match=r"t\.csv, column 'a' holds list<.*> values; numbers, text"):
        frame(a=[[1, 2]]).kind("a")
    assert frame(a=[None]).kind("a") == "empty"


def test_categories_in_the_order_of_their_coming():
    codes, levels = frame(a=["b", None, "a", "b"]).categories("a")
    assert (codes.tolist(), levels) == ([0, -1, 1, 0], ["b", "a"])
    assert codes.dtype == np.int32
    chunks = pa.chunked_array([["x"], ["y", "x"]]).dictionary_encode()
    assert frame(a=chunks).categories("a").codes.tolist() == [0, 1, 0]
    assert frame(a=[None, None]).categories("a").codes.tolist() == [-1, -1]
    assert frame(a=[3.0, 0.5]).categories("a").levels == ["3", "0.5"]
    assert frame(a=pa.array([], pa.string())).categories("a").levels == []


def test_values_keep_their_type():
    assert frame(a=[2**60, 1]).values("a").tolist() == [2**60, 1]
    assert frame(a=["Ulm", "Bonn"]).values("a").tolist() == ["Ulm", "Bonn"]
    with pytest.raises(DataError, match=r"t\.csv, row 1, column 'a' is empty; every row needs"):
        frame(a=[1, None]).values("a")


@pytest.mark.parametrize(("values", "said"), [
    ([1.0, np.inf], "row 1, column 'a' holds inf; every number must be finite"),
    (["1", "x"], "row 1, column 'a' holds 'x'; it must be a finite number"),
])
def test_numbers_that_are_none(values, said):
    with pytest.raises(DataError, match=said):
        frame(a=values).numbers("a")


def test_the_target():
    made = frame(a=[1, 2], b=["x", "y"])
    assert made.truth("b").tolist() == ["x", "y"]
    with pytest.raises(ConfigError, match=r"t\.csv has no target; --target names it, one of a, b"):
        made.truth(None)
    with pytest.raises(ConfigError, match=r"t\.csv has no column 'c'; its columns are a, b"):
        made.truth("c")


def test_rows_and_columns_are_chosen_and_keep_their_place_in_the_file():
    made = replace(frame(a=[1, None, 3], b=[4, 5, 6], c=[7, 8, 9]),
                   where=lambda row: f"t.csv, line {row + 2}")
    taken = made.take(np.array([2, 1])).select(["c", "a"]).without("c", "nothing")
    assert taken.names == ("a",)
    assert len(taken) == 2
    assert taken.place(1, "a") == "t.csv, line 3, column 'a'"
    assert frame(a=[1]).place(0, "a") == "t.csv, row 0, column 'a'"


def test_a_slice_knows_its_place():
    part = frame(a=[1, 2, 3, 4]).slice(1, 3)
    assert part.numbers("a").tolist() == [2, 3]
    assert part.slice(1, 9).place(0, "a") == "t.csv, row 2, column 'a'"


def test_a_matrix():
    made = frame(a=[1, 2], y=["u", "v"], b=[0.5, 1.5])
    whole = made.arrays("y")
    assert whole.X.tolist() == [[1, 0.5], [2, 1.5]]
    assert whole.X.flags.c_contiguous
    assert (whole.y.tolist(), whole.feature_names) == (["u", "v"], ("a", "b"))
    # Whole numbers that a hole has made fractions of are labels again.
    assert frame(a=[1, 2], y=[0.0, 1.0]).arrays("y").y.dtype.kind == "i"
    with pytest.raises(DataError, match=r"row 1, column 'a' is empty; it must be a finite number"):
        frame(a=[1, None]).arrays(None)
    with pytest.raises(DataError, match="has no column beside the target 'y'"):
        frame(y=[1]).arrays("y")
