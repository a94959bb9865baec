"""A large table opened."""

from __future__ import annotations

import pytest
from pyarrow import parquet

from fastavg.data.column_plan import ColumnPlan, PlannedColumn, plan_columns
from fastavg.data.frame_sources import frame_of
from fastavg.data.large_tables import table_survey
from fastavg.data.large_tables.large_table import Chosen, open_large_table
from fastavg.errors import ConfigError
from tests.models.tables import answers, table


@pytest.fixture
def path(tmp_path):
    frame = table(300)
    frame["target"] = answers(frame)
    parquet.write_table(frame_of(frame).columns, tmp_path / "t.parquet")
    return tmp_path / "t.parquet"


def test_columns_are_planned_as_those_of_a_table_in_memory(path):
    frame = frame_of(table(300))
    assert open_large_table(path, "target").columns == plan_columns(frame)
    assert open_large_table(path, None).survey.target.name == "target"


def test_a_sample_plans_them_by_the_counts_of_all_rows(path, monkeypatch):
    monkeypatch.setattr(table_survey, "SAMPLE_ROWS", 60)
    whole = {column.name: column for column in plan_columns(frame_of(table(300))).columns}
    for column in open_large_table(path, "target").columns.columns:
        assert column.kind == whole[column.name].kind
        assert column.missing == pytest.approx(whole[column.name].missing)
        if column.kind in ("category", "boolean"):
            assert column.levels == whole[column.name].levels


def test_columns_are_used_as_they_are_chosen(path):
    made = open_large_table(path, "target", chosen=Chosen(
        weights="age", id="row_id", categorical=("whole",), ignore=("word",)
    ))
    kinds = {column.name: column.kind for column in made.columns.columns}
    assert kinds["whole"] == "category"
    assert kinds["word"] == "ignored"
    assert not {"age", "row_id", "target"} & set(kinds)
    assert made.survey.levels["whole"].rows == 300
    tested = open_large_table(path, "target", test_size=0.2, chosen=Chosen(id="row_id"))
    assert "row_id" not in tested.test.names
    assert tested.test_ids.tolist() == tested.survey.test_numbers.tolist()
    few = open_large_table(path, "target", chosen=Chosen(features=("town",)))
    assert [column.name for column in few.columns.used] == ["town"]
    plan = ColumnPlan((PlannedColumn("whole", "category"), PlannedColumn("age", "ignored")))
    given = open_large_table(path, "target", chosen=Chosen(plan=plan))
    assert given.columns is plan
    assert given.survey.sample.names == ("whole", "target")


def test_a_column_that_is_not_there_is_named(path):
    with pytest.raises(ConfigError, match="no column 'city'"):
        open_large_table(path, "target", chosen=Chosen(ignore=("city",)))
