"""A run's options for a table that stays on disk."""

from __future__ import annotations

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions
from fastavg.runs.large_table_training import fit_on_disk, open_table_of_run, recipe_of_run
from tests.models.tables import table

GIVEN = {
    "epochs": 3, "network": {"hidden": [6]}, "execution": {"processes": 1}, "workers": "auto",
    "data": {"scale": "standard"}, "table": {"threshold": "f1"},
}


@pytest.fixture
def data(tmp_path):
    table(300).to_parquet(tmp_path / "t.parquet")
    return DataOptions(file=tmp_path / "t.parquet", target="paid")


def test_options_change_the_recipe_and_the_model(data):
    options = TableOptions(effort="fast", threshold="f1", ignore="cabin")
    opened = open_table_of_run(data, options)
    recipe = recipe_of_run(GIVEN, options, "class")
    assert (recipe.workers, recipe.encoding.scale, recipe.max_epochs) == (1, "standard", 3)
    model = fit_on_disk(GIVEN, opened, recipe)
    assert (model.target_name, len(model.members)) == ("paid", 1)
    assert model.threshold != 0.5
    fixed = fit_on_disk({**GIVEN, "table": {"threshold": 0.2}}, opened, recipe)
    assert fixed.threshold == 0.2


def test_options_that_need_all_rows_are_refused(data):
    for options in (TableOptions(cv=3), TableOptions(group="town"), TableOptions(test="t.csv")):
        with pytest.raises(ConfigError, match="needs all rows in memory"):
            open_table_of_run(data, options)
    with pytest.raises(ConfigError, match="hidden is auto"):
        recipe_of_run({"network": {"hidden": "auto"}}, TableOptions(), "class")
