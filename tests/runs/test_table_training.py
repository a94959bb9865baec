"""Networks for a table from a run's options."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fastavg.errors import ConfigError
from fastavg.plan.inputs import DataOptions
from fastavg.plan.table_options import TableOptions
from fastavg.runs.run_data import open_run_table
from fastavg.runs.table_training import (
    Fit,
    columns_of,
    config_of,
    cross_validated,
    fit,
    recipe_from,
    settled,
)
from tests.cli.commands.models import numbers

GIVEN = {
    "epochs": 3, "network": {"hidden": [6]}, "table": {"effort": "fast"},
    "execution": {"processes": 1},
}
OPTIONS = TableOptions(effort="fast")


@pytest.fixture
def opened(tmp_path):
    numbers(90).to_csv(tmp_path / "t.csv", index=False)
    return open_run_table(DataOptions(file=tmp_path / "t.csv", target="kind"), OPTIONS)


def test_options_change_the_recipe_and_stand_in_the_configuration(opened):
    made = recipe_from({**GIVEN, "solver": {"learning_rate": 0.01}}, OPTIONS, "class")
    assert (made.hidden_layer_sizes, made.max_epochs, made.members) == ((6,), 3, 1)
    assert made.solver.learning_rate == 0.01
    assert (made.embedding, made.submodels) == (8, 1)
    assert recipe_from(GIVEN, TableOptions(embedding=0), "class").embedding == 0
    assert recipe_from(GIVEN, TableOptions(submodels=4), "class").submodels == 4
    started = recipe_from(GIVEN, TableOptions(scaling=True, data_start=True), "class")
    assert (started.scaling, started.data_start) == (True, True)
    assert config_of(GIVEN, started, "class", 63)["table"]["data_start"] is True
    config = config_of(GIVEN, made, "class", 63)
    assert recipe_from(config, OPTIONS, "class").hidden_layer_sizes == (6,)
    assert config["data"] == {"kind": "class"}
    with pytest.raises(ConfigError, match="activation is a list"):
        recipe_from({"network": {"activation": "relu,tanh"}}, OPTIONS, "class")


@pytest.mark.parametrize("solver", [
    {}, {"schedule": "coslog4"}, {"schedule": {"name": "cosine", "warmup": 2}},
    {"weight_decay": 0.02, "rates": {"biases": 0.1}, "decays": {"biases": 0}, "fan_in_power": 0.5,
     "decay_schedule": "flat_cos"},
])
def test_the_configuration_makes_the_same_recipe(solver):
    made = recipe_from({**GIVEN, "solver": solver}, OPTIONS, "class")
    written = config_of({**GIVEN, "solver": solver}, made, "class", 63)
    assert recipe_from(written, OPTIONS, "class") == replace(made, batch_size=32)


def test_a_model_is_trained_and_cross_validated(opened):
    columns = columns_of(opened.rows, OPTIONS)
    what = Fit(recipe_from(GIVEN, OPTIONS, "class"), columns, opened.rows, "kind")
    model, seconds = fit(GIVEN, what)
    assert model.target_name == "kind"
    assert seconds > 0
    assert 0 <= cross_validated(GIVEN, OPTIONS, opened.rows)["accuracy"] <= 1


def test_auto_is_one_worker_and_layers_by_the_rule(opened):
    made = settled({"workers": "auto", "network": {"hidden": "auto"}}, OPTIONS, opened.rows)
    assert made["workers"] == 1
    assert made["network"] == {"hidden": [16]}
    assert recipe_from(made, OPTIONS, "class").hidden_layer_sizes == (16,)
    assert settled(GIVEN, OPTIONS, opened.rows) == GIVEN
    with pytest.raises(ConfigError, match="only plain networks have a range test"):
        settled({"solver": {"learning_rate": "auto"}}, OPTIONS, opened.rows)
