"""A model file as lines."""

from __future__ import annotations

from fastavg_cli.terminal.model_table import model_table

from fastavg.models.inspection import inspect_model
from tests.cli.commands.models import table_model


def test_columns_and_levels_of_a_table(tmp_path):
    found = inspect_model(table_model(tmp_path))
    lines = model_table(found)
    assert lines[0] == "kind            networks of a table"
    assert any(line.startswith("classes         2: long, short") for line in lines)
    assert any("length  number" in line for line in lines)
    many = {**found, "columns": [{"name": f"c{at}", "inputs": 1} for at in range(50)]}
    assert any("and 10 more" in line for line in model_table(many))
