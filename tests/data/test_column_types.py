"""Columns of text that are numbers, dates or empty after all."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from fastavg import DataError
from fastavg.data.column_types import DATES, MISSING, with_types
from fastavg.data.frame import Frame


def typed(values, type_=None):
    return with_types(Frame(pa.table({"a": pa.array(values, type_)}), source="t.csv"))


def test_text_that_spells_numbers():
    np.testing.assert_array_equal(
        typed(["1.5", " 2e3", " ", "NA", None]).numbers("a"), [1.5, 2000, np.nan, np.nan, np.nan]
    )


@pytest.mark.parametrize("marker", sorted(MISSING))
def test_every_mark_of_a_missing_value(marker):
    frame = typed(["1", marker, "3"])
    assert frame.kind("a") == "number"
    assert frame.missing("a").tolist() == [False, True, False]
    words = typed(["Ulm", marker, "Bonn"])
    assert words.kind("a") == "text"
    assert words.missing("a").tolist() == [False, True, False]


def test_a_column_of_nothing_but_marks_is_empty():
    assert typed(["NA", "", " ?"]).kind("a") == "empty"


@pytest.mark.parametrize("form", DATES)
def test_every_form_of_dates(form):
    days = [np.datetime64("2024-02-28T13:00:00"), np.datetime64("1969-12-31T01:00:00")]
    frame = typed([day.item().strftime(form) for day in days])
    assert frame.kind("a") == "date"
    assert np.floor(frame.numbers("a")).tolist() == [19781, -1]


def test_one_date_of_another_form_makes_words_of_all():
    assert typed(["2024-02-28", "28.2.2024"]).kind("a") == "text"


def test_words_stay_words_and_the_frame_itself():
    frame = Frame(pa.table({"a": ["Ulm", "Bonn"], "b": [1, 2]}))
    assert with_types(frame) is frame
    # A column that says itself that it holds categories is left as it is.
    coded = Frame(pa.table({"a": pa.array(["1", "2"]).dictionary_encode()}))
    assert with_types(coded) is coded


def test_a_mistake_among_numbers_is_named():
    with pytest.raises(DataError, match=r"t\.csv, row 57, column 'a' holds 'l2'; it must be a"):
        typed(["1"] * 57 + ["l2"] + ["3"] * 10)
