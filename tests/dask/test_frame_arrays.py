"""Dask data frames become arrays; a partition that differs is named, with its column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from fastavg.dask.frame_arrays import form_of, kind_of, values_of
from fastavg.errors import DataError

FRAME = pd.DataFrame({"size": [1.5, 2.5], "rooms": [3, 4], "new": [True, False]})


def test_values_are_numbers_of_one_dtype():
    form = form_of(FRAME.iloc[:0], "X")
    assert form.kinds == {"size": "numbers", "rooms": "numbers", "new": "truth values"}
    assert values_of(FRAME, 0, form).tolist() == [[1.5, 3.0, 1.0], [2.5, 4.0, 0.0]]
    assert values_of(FRAME.iloc[:0].astype(object), 0, form).shape == (0, 3)
    narrow = FRAME[["size"]].astype("f4")
    assert values_of(narrow, 0, form_of(narrow, "X")).dtype == np.float32
    holes = pd.DataFrame({"size": pd.array([1, None], "Int64")})
    assert np.isnan(values_of(holes, 0, form_of(holes, "X"))[1, 0])


def test_a_series_has_one_dimension_and_may_be_text():
    towns = pd.Series(["Ulm", "Bonn"], name="town", dtype="category")
    assert values_of(towns, 0, form_of(towns, "y")).tolist() == ["Ulm", "Bonn"]
    other = pd.Series(["Ulm", None], name="town")
    with pytest.raises(DataError, match="partition 3 of y is empty in row 1; every row needs a"):
        values_of(other, 3, form_of(other, "y"))


@pytest.mark.parametrize(("change", "said"), [
    (lambda frame: frame.drop(columns="rooms"),
     "partition 2 of X has no column 'rooms', which others have; all partitions need the same"),
    (lambda frame: frame.assign(more=1),
     "partition 2 of X has a column 'more', which others have not"),
    (lambda frame: frame[["rooms", "size", "new"]],
     "partition 2 of X has column 'rooms' where others have 'size'; all partitions need the same "
     "order"),
    (lambda frame: frame.assign(size="big"),
     "partition 2 of X, column 'size' holds text, and numbers elsewhere"),
    (lambda frame: frame.assign(new=pd.Timestamp("2026-01-01")),
     "partition 2 of X, column 'new' holds dates, and truth values elsewhere"),
])
def test_a_partition_that_differs_is_named_with_its_column(change, said):
    with pytest.raises(DataError) as error:
        values_of(change(FRAME), 2, form_of(FRAME, "X"))
    assert str(error.value).startswith(said)


def test_text_among_the_features_is_refused_before_anything_is_computed():
    with pytest.raises(DataError, match="X, column 'town' holds text; every value must be a"):
        form_of(FRAME.assign(town=pd.Categorical(["a", "b"])), "X")
    with pytest.raises(DataError, match="sample_weight, column 'w' holds dates"):
        form_of(pd.Series([pd.Timestamp("2026-01-01")], name="w"), "sample_weight")


def test_kinds_of_dtypes():
    assert [kind_of(np.dtype(each)) for each in ("i1", "u8", "f2", "?", "M8[s]", "O")] == [
        "numbers", "numbers", "numbers", "truth values", "dates", "text",
    ]
    assert kind_of(pd.StringDtype()) == "text"
