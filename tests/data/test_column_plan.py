"""What columns are taken for, and the plan as a file that people change."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.column_plan import ColumnPlan, load_columns, plan_columns
from fastavg.data.frame_sources import frame_of

N = 100
COLUMNS = {
    "id": list(range(7, 7 + N)),
    "passenger": [f"{k:03d}, Mr. Somebody" for k in range(N)],
    "cabin": [f"C{k}" if k % 2 else None for k in range(N)],
    "age": [20.0 + k % 37 if k % 5 else None for k in range(N)],
    "town": [("Ulm", "Bonn", "Köln")[k % 3] for k in range(N)],
    "paid": [bool(k % 2) for k in range(N)],
    "when": [f"2024-01-{k % 28 + 1:02d}" for k in range(N)],
    "always": [1] * N,
    "never": [None] * N,
    "flagged": [1.0 if k % 3 else None for k in range(N)],
    "code": [k % 7 for k in range(N)],
}


def kinds(plan):
    return {column.name: column.kind for column in plan.columns}


def test_every_kind_is_recognised():
    plan = plan_columns(frame_of(COLUMNS), categorical=["code"])
    assert kinds(plan) == {
        "id": "id", "passenger": "id", "cabin": "id", "age": "number", "town": "category",
        "paid": "boolean", "when": "date", "always": "constant", "never": "constant",
        "flagged": "category", "code": "category",
    }
    # An id that is sometimes missing still says that.
    assert [column.name for column in plan.used] == [
        "cabin", "age", "town", "paid", "when", "flagged", "code"
    ]
    assert plan.columns[3].missing == pytest.approx(0.2)
    assert ("age", "number", "20.0 %", "37", "scaled, piecewise linear") in plan.rows()


def test_numbers_in_no_order_are_no_id_unless_they_are_called_so():
    numbers = np.random.default_rng(0).permutation(N)
    plan = plan_columns(frame_of({
        "population": numbers, "user_id": numbers, "PassengerId": numbers, "paid": numbers,
    }))
    assert kinds(plan) == {
        "population": "number", "user_id": "id", "PassengerId": "id", "paid": "number",
    }


def test_columns_are_chosen_and_left_out_by_name():
    frame = frame_of(COLUMNS)
    assert kinds(plan_columns(frame, ignore=["town"]))["town"] == "ignored"
    plan = plan_columns(frame, features=["age", "paid"])
    assert [column.name for column in plan.used] == ["age", "paid"]
    with pytest.raises(ConfigError, match="no column 'city'; its columns are id, passenger"):
        plan_columns(frame, ignore=["city"])
    with pytest.raises(ConfigError, match="no column to learn from"):
        plan_columns(frame, features=["always"])


def test_a_plan_is_written_changed_and_read(tmp_path):
    plan = plan_columns(frame_of(COLUMNS))
    plan.save(tmp_path / "plan.toml")
    assert load_columns(tmp_path / "plan.toml") == plan
    text = (tmp_path / "plan.toml").read_text()
    (tmp_path / "plan.toml").write_text(text.replace(
        'name = "code", kind = "number"', 'name = "code", kind = "category"'
    ))
    assert kinds(load_columns(tmp_path / "plan.toml"))["code"] == "category"
    assert isinstance(load_columns(tmp_path / "plan.toml"), ColumnPlan)


@pytest.mark.parametrize(("text", "said"), [
    ("column = 3", "no list of columns"),
    ("column = [", "no TOML"),
    ('[[column]]\nname = "a"\nkind = "word"', "column 'a': kind 'word' is unknown; choose number"),
    ('[[column]]\nname = "a"\nkin = "number"', "no column: .*'kin'"),
])
def test_a_file_that_is_no_plan(tmp_path, text, said):
    (tmp_path / "plan.toml").write_text(text)
    with pytest.raises(DataError, match=said):
        load_columns(tmp_path / "plan.toml")
    with pytest.raises(DataError, match="cannot be read"):
        load_columns(tmp_path / "none.toml")
