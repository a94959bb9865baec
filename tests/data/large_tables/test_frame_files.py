"""Files of rows as frames."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from fastavg.data.large_tables.frame_files import open_frame_files
from fastavg.errors import DataError

COLUMNS = pa.table({"a": [1.0, None, 3.0, 4.0, 5.0], "b": ["u", "v", None, "u", "w"]})


def joined(files, names):
    return pa.concat_tables([frame.columns for frame in files.frames(names)])


@pytest.mark.parametrize("suffix", ["parquet", "arrow"])
def test_all_rows_come_in_their_order(tmp_path, suffix):
    for number in (0, 1):
        path = tmp_path / f"t{number}.{suffix}"
        if suffix == "parquet":
            parquet.write_table(COLUMNS, path, row_group_size=2)
        else:
            feather.write_feather(COLUMNS, path, chunksize=2)
    files = open_frame_files(tmp_path / f"*.{suffix}")
    assert (files.n_rows, files.names) == (10, ("a", "b"))
    assert files.empty().kind("b") == "text"
    assert joined(files, ["a", "b"]).to_pylist() == 2 * COLUMNS.to_pylist()
    assert joined(files, ["b"]).column_names == ["b"]
    second = list(files.frames(["a"]))[-1]
    assert "t1" in second.place(0, "a")


def test_arrays_have_columns_by_number(tmp_path):
    X, y = np.arange(12.0).reshape(6, 2), np.arange(6)
    X[1, 0] = np.nan
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    files = open_frame_files(tmp_path / "X.npy", tmp_path / "y.npy")
    assert files.names == ("x0", "x1", "y")
    frame = next(files.frames(files.names))
    np.testing.assert_array_equal(frame.numbers("x0"), X[:, 0])
    np.testing.assert_array_equal(frame.values("y"), y)
    assert open_frame_files(tmp_path / "X.npy").names == ("x0", "x1")


def test_files_that_cannot_be_used_are_refused(tmp_path):
    np.save(tmp_path / "X.npy", np.zeros((6, 2)))
    np.save(tmp_path / "y.npy", np.zeros(5))
    with pytest.raises(DataError, match="each row needs one target"):
        open_frame_files(tmp_path / "X.npy", tmp_path / "y.npy")
    with pytest.raises(DataError, match="no column 'y'"):
        open_frame_files(tmp_path / "X.npy", "y")
    (tmp_path / "t.csv").write_text("a\n1\n")
    with pytest.raises(DataError, match="files can, and others are read"):
        open_frame_files(tmp_path / "t.csv")
    parquet.write_table(COLUMNS, tmp_path / "p0.parquet")
    parquet.write_table(COLUMNS.select(["b"]), tmp_path / "p1.parquet")
    with pytest.raises(DataError, match="'a': no such column"):
        open_frame_files(tmp_path / "p*.parquet")
    (tmp_path / "p0.parquet").write_bytes(b"no Parquet at all")
    with pytest.raises(DataError, match="damaged"):
        open_frame_files(tmp_path / "p0.parquet")
