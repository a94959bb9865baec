"""Which network ``fastavg train`` takes for a file."""

from __future__ import annotations

import pytest

from fastavg.runs.network_kind import is_table, unknown_options


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("a,b,kind\n1,2,x\n3,4,y\n")
    return str(path)


def test_a_file_with_named_columns_is_a_table(file):
    assert is_table({"data": {"file": file}}, None)
    assert not is_table({"data": {"file": file}}, "shell")


def test_no_file_is_a_table_only_on_request():
    assert not is_table({}, None)
    assert is_table({}, "tabular")


def test_an_option_of_plain_networks_alone_asks_for_one(file):
    given = {"data": {"file": file}, "algorithm": {"name": "downpour"}, "table": {"folds": 3}}
    assert unknown_options(given) == ["algorithm.name"]
    assert not is_table(given, None)
