"""Columns by name in tables of every library."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars
import pyarrow as pa
import pytest

from fastavg import DataError
from fastavg.data.names import by_name, check_distinct, names_of, no_such_column

COLUMNS = {"height": [180.0, 170.0], "age": [40.0, 30.0], "id": [1.0, 2.0]}


def fields(columns):
    made = np.zeros(2, [(name, "f8") for name in columns])
    for name, values in columns.items():
        made[name] = values
    return made


MAKERS = {"pandas": pd.DataFrame, "polars": polars.DataFrame, "arrow": pa.table, "fields": fields}


@pytest.fixture(params=MAKERS)
def table(request):
    return MAKERS[request.param](COLUMNS)


def numbers(table):
    return np.asarray(table.to_pandas() if isinstance(table, pa.Table) else table)


def test_names(table):
    assert names_of(table) == ("height", "age", "id")


@pytest.mark.parametrize("X", [np.zeros((2, 3)), [[1, 2]], "text", None])
def test_what_has_no_names(X):
    assert names_of(X) is None
    assert by_name(X, ["age"]) is X


def test_the_columns_that_a_model_knows_in_its_order(table):
    assert numbers(by_name(table, ["age", "height"])).tolist() == [[40, 180], [30, 170]]


def test_a_missing_column_is_named_with_those_that_are_not_known(table):
    with pytest.raises(DataError, match=(
        r"^d\.csv has no column 'size', which the model was trained on \(nor 1 more\); "
        "'height', 'id' it does not know$"
    )):
        by_name(table, ["age", "size", "town"], "d.csv")


def test_a_model_without_names_takes_columns_by_place(table):
    assert numbers(by_name(table, None)).tolist() == [[180, 40, 1], [170, 30, 2]]


def test_columns_in_the_right_order_are_not_copied():
    frame = pd.DataFrame(COLUMNS)
    assert by_name(frame, list(COLUMNS)) is frame


def test_numbers_that_nobody_chose_are_no_names():
    frame = pd.DataFrame(np.eye(2))
    assert by_name(frame, ["age", "height"]) is frame


def test_two_columns_of_a_name_are_refused_where_the_model_wants_it():
    frame = pd.DataFrame([[1, 2, 3]], columns=["age", "age", "size"])
    with pytest.raises(DataError, match="X has two columns 'age'; the model takes one"):
        by_name(frame, ["age"])
    assert by_name(frame, ["size"]).to_numpy().tolist() == [[3]]


def test_two_columns_of_a_name_are_refused():
    check_distinct([], "t.csv")
    check_distinct(["a", "b", "ab"], "t.csv")
    with pytest.raises(DataError, match=r"^t\.csv has two columns 'b'; each needs a name"):
        check_distinct(["a", "b", "b", "a"], "t.csv")


def test_a_column_that_is_spelt_nearly_alike_is_named():
    names = ["Age", "Survived", "survival"]
    for asked, found in (("survived", "Survived"), ("Survved", "Survived"), ("age", "Age")):
        assert f"no column {asked!r}, but has {found!r}; its columns are Age, Survived" in str(
            no_such_column("t.csv", asked, names)
        )
    assert str(no_such_column("t.csv", "price", names)) == (
        "t.csv has no column 'price'; its columns are Age, Survived, survival"
    )
