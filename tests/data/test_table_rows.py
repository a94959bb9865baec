"""The target of a table found, and its rows parted into those that train and that test."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.frame_sources import frame_of
from fastavg.data.table_rows import Uses, find_target, kind_of, table_rows, targets_of

FRAME = frame_of({
    "x": np.arange(60.0), "y": ["a", "b", "b"] * 20, "price": np.arange(60) * 1000,
    "stars": np.arange(60) % 5, "share": np.arange(60) / 7, "same": [1] * 60,
    "weight": np.arange(60) % 3, "house": np.arange(60) // 4,
}, "t.csv")


def test_the_only_column_with_a_plain_name_is_the_target():
    assert find_target(FRAME, None) == "y"
    assert find_target(FRAME, "price") == "price"
    with pytest.raises(ConfigError, match="no column 'cost'; its columns are x, y"):
        find_target(FRAME, "cost")
    with pytest.raises(ConfigError, match="no target; --target names it, one of x, price"):
        find_target(FRAME.without("y"), None)


def test_kinds_of_targets():
    kinds = {name: kind_of(FRAME, name, "auto") for name in ("y", "price", "stars", "share")}
    assert kinds == {"y": "class", "price": "number", "stars": "class", "share": "number"}
    assert kind_of(FRAME, "price", "class") == "class"


def test_targets_that_cannot_be():
    with pytest.raises(DataError, match="column 'same' holds 1 class, 1; 2 or more are needed"):
        table_rows(FRAME, Uses("same"), "auto", 0.3)
    with pytest.raises(DataError, match="row 0, column 'y' holds 'a'; it must be a finite number"):
        targets_of(FRAME, "y", "number")
    with pytest.raises(DataError, match="row 1, column 'z' is empty"):
        targets_of(frame_of({"z": [1.0, None, 2.0]}), "z", "number")


def test_every_class_has_its_share_of_the_test_rows():
    rows = table_rows(FRAME, Uses("y"), "auto", 0.25)
    assert (len(rows.train), len(rows.test)) == (45, 15)
    assert np.unique(rows.y_test, return_counts=True)[1].tolist() == [5, 10]
    assert "y" not in rows.train.names
    again = table_rows(FRAME, Uses("y"), "auto", 0.25)
    np.testing.assert_array_equal(again.test.numbers("x"), rows.test.numbers("x"))


def test_groups_stay_together_and_weights_go_along():
    rows = table_rows(FRAME, Uses("price", "weight", "house"), "auto", 0.3)
    assert not {"price", "weight", "house"} & set(rows.train.names)
    tested = set(rows.test.numbers("x") // 4)
    assert not tested & set(rows.train.numbers("x") // 4)
    np.testing.assert_array_equal(rows.weights, rows.train.numbers("x") % 3)
    assert 10 <= len(rows.test) <= 24
    with pytest.raises(DataError, match=r"row 1, column 'w' holds -1\.0; every weight"):
        table_rows(frame_of({"y": [1, 2], "w": [1, -1]}), Uses("y", "w"), "auto", 0)


def test_another_table_to_test_on():
    other = frame_of({"x": [1.0], "y": ["a"]})
    rows = table_rows(FRAME, Uses("y"), "auto", 0.3, other)
    assert len(rows.train) == 60
    assert rows.y_test.tolist() == ["a"]
