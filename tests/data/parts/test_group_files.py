"""Files in groups: what they say of themselves, and damage."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from pyarrow import parquet

from fastavg.data.parts.group_files import GroupReader, has_groups, is_parquet, open_groups
from fastavg.errors import DataError
from tests.data.parts.sources import NAMES, rows, source, write_parquet


def test_groups_are_known_before_a_row_is_read(tmp_path):
    found = open_groups(write_parquet(tmp_path / "a.parquet", *rows(), group=40))
    assert found.groups == (40, 40, 23)
    assert found.schema.names == [*NAMES, "y"]
    reader = GroupReader()
    assert reader.read(found, 2, ["y", "x1"]).num_rows == 23
    assert reader.read(found, 0, ["y"]).num_rows == 40
    source("arrow", tmp_path)
    batches = open_groups(tmp_path / "rows.arrow")
    assert batches.groups == (20, 20, 20, 20, 20, 3)
    assert reader.read(batches, 5, ["x0"]).column_names == ["x0"]
    reader.close()


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_columns_with_nulls_are_known_before_a_row_is_read(name, tmp_path):
    table = pa.table({"whole": [1, 2, 3], "holes": [1.5, 2.5, None], "nan": [1.0, math.nan, 2.0]})
    if name == "a.parquet":
        parquet.write_table(table, tmp_path / name, row_group_size=2)
    else:
        with pa.ipc.new_file(tmp_path / name, table.schema) as writer:
            writer.write_table(table, max_chunksize=2)
    assert open_groups(tmp_path / name).holes == {"holes"}


def test_a_file_without_statistics_says_nothing_of_nulls(tmp_path):
    path, table = tmp_path / "a.parquet", pa.table({"holes": [1.5, None]})
    parquet.write_table(table, path, write_statistics=False)
    assert open_groups(path).holes == frozenset()


def test_names_say_which_files_have_groups(tmp_path):
    assert [has_groups(tmp_path / name) for name in ("a.pq", "a.feather", "a.npy")] == [1, 1, 0]
    assert is_parquet(tmp_path / "a.PARQUET")


@pytest.mark.parametrize("name", ["a.parquet", "a.arrow"])
def test_what_cannot_be_read_is_named(name, tmp_path):
    path = tmp_path / name
    with pytest.raises(DataError, match=f"{name} cannot be read: No such file"):
        open_groups(path)
    path.write_bytes(b"nothing of the kind")
    with pytest.raises(DataError, match=f"{name} is damaged, or no (Parquet|Arrow) file at all"):
        open_groups(path)


def test_a_file_that_has_changed_is_not_read(tmp_path):
    path = write_parquet(tmp_path / "a.parquet", *rows())
    found = open_groups(path)
    write_parquet(path, *rows(n=30))
    with pytest.raises(DataError, match=r"a.parquet has changed since training began"):
        GroupReader().read(found, 0, ["y"])
