"""Parquet files part by part: the same rows, and what has to be read as a whole."""

from __future__ import annotations

import os

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fastavg import DataError
from fastavg.data.readers.batches import in_batches

COLUMNS = {
    "a": np.arange(250.0), "b": [f"w{k % 3}" for k in range(250)], "c": [None] * 250,
}


@pytest.fixture
def path(tmp_path):
    parquet.write_table(pa.table(COLUMNS), tmp_path / "t.parquet", row_group_size=70)
    return tmp_path / "t.parquet"


@pytest.mark.parametrize("rows", [1, 60, 1000])
def test_the_rows_in_their_order(path, rows):
    frames = list(in_batches(path, ("b", "a"), rows))
    assert {frame.names for frame in frames} == {("a", "b")}
    assert max(map(len, frames)) <= rows
    assert np.concatenate([frame.numbers("a") for frame in frames]).tolist() == list(range(250))
    words = [frame.values("b").tolist() for frame in frames]
    assert [word for part in words for word in part] == COLUMNS["b"]


def test_a_value_is_named_by_its_row_of_the_file(path):
    frames = list(in_batches(path, ("a",), 100))
    assert frames[1].place(5, "a") == f"{path}, row 105, column 'a'"


def test_what_is_read_as_a_whole(path, tmp_path):
    assert in_batches(path, ("a", "missing")) is None
    (tmp_path / "t.csv").write_text("a\n1\n")
    assert in_batches(tmp_path / "t.csv", ("a",)) is None
    (tmp_path / "bad.parquet").write_text("no parquet")
    assert in_batches(tmp_path / "bad.parquet", ("a",)) is None
    assert in_batches(tmp_path / "none.parquet", ("a",)) is None
    # Only all rows together tell what such text stands for.
    parquet.write_table(pa.table({"a": ["1", "2", "NA"]}), tmp_path / "text.parquet")
    assert in_batches(tmp_path / "text.parquet", ("a",)) is None
    parquet.write_table(pa.table({"a": pa.array([], pa.float64())}), tmp_path / "empty.parquet")
    assert in_batches(tmp_path / "empty.parquet", ("a",)) is None


def test_a_file_that_changes_meanwhile(path):
    frames = in_batches(path, ("a",), 100)
    next(frames)
    os.utime(path, ns=(1, 1))
    with pytest.raises(DataError, match="changed while it was read"):
        list(frames)
