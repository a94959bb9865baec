"""Data sets as parts, by the kind of the file."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fastavg.data.parts.array_parts import ArrayParts
from fastavg.data.parts.column_parts import ColumnParts
from fastavg.data.parts.npy_parts import NpyParts
from fastavg.data.parts.opened_parts import open_parts
from fastavg.data.parts.table_parts import TableParts
from fastavg.errors import ConfigError, DataError
from tests.data.parts.sources import frame, rows, source


@pytest.mark.parametrize(("kind", "made"), [
    ("npy", NpyParts), ("arrow", ColumnParts), ("parquets", ColumnParts),
])
def test_files_that_can_be_read_in_parts_are(kind, made, tmp_path):
    assert type(source(kind, tmp_path)) is made


def test_numbers_with_holes_are_a_table(tmp_path):
    X, y = rows()
    table = frame(X, y)
    holes = pa.array([None, *X[1:, 2].tolist()], pa.float32())
    parquet.write_table(table.set_column(2, "x2", holes), tmp_path / "a.parquet")
    parquet.write_table(table, tmp_path / "b.parquet")
    assert type(open_parts(tmp_path / "b.parquet", "y", None, 2)) is ColumnParts
    assert type(open_parts(tmp_path / "*.parquet", "y", None, 2)) is TableParts
    # A target without a value is no missing input.
    parquet.write_table(table.set_column(5, "y", pa.nulls(len(y), pa.int64())), tmp_path / "c.pq")
    assert type(open_parts(tmp_path / "c.pq", "y", None, 2)) is ColumnParts


def test_other_files_are_read_as_a_whole_and_cut(tmp_path):
    X, y = rows()
    np.savez(tmp_path / "rows.npz", X=X, y=y)
    made = open_parts(tmp_path / "rows.npz", None, None, 3)
    assert type(made) is ArrayParts
    assert np.array_equal(made.read(0, 0, 4).X, X[:4])
    lines = ["a,y,w", *(f"{at},{at % 2},{at / 4}" for at in range(6))]
    (tmp_path / "rows.csv").write_text("\n".join(lines))
    made = open_parts(tmp_path / "rows.csv", "y", "w", 2)
    assert made.names == ("a",)
    assert made.weighted
    assert made.read(1, 0, 1).weights.tolist() == [0.75]


def test_the_digits_are_there_without_a_file_and_a_missing_one_is_named(tmp_path):
    assert sum(open_parts(None, None, None, 2).sizes) == 5000
    with pytest.raises(DataError, match=r"no.parquet cannot be read: No such file"):
        open_parts(tmp_path / "no.parquet", "y", None, 2)
    X, y = rows()
    source("npy", tmp_path, X=X, y=y)
    with pytest.raises(ConfigError, match="weights names no column, 'w'; it has none"):
        open_parts(tmp_path / "X.npy", str(tmp_path / "y.npy"), "w", 2)
