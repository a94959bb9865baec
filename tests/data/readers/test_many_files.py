"""Several files as one data set."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.readers.by_suffix import read


def test_a_pattern_stands_for_its_files_in_order(tmp_path):
    (tmp_path / "part-2.csv").write_text("b,a\nx,3\n")
    (tmp_path / "part-1.csv").write_text("a,b\n1,y\n2.5,x\n")
    for data in (tmp_path / "part-*.csv", [tmp_path / "part-1.csv", tmp_path / "part-2.csv"]):
        frame = read(data)
        assert frame.numbers("a").tolist() == [1, 2.5, 3]
        assert frame.categories("b").levels == ["y", "x"]
        assert frame.place(2, "a") == f"{tmp_path / 'part-2.csv'}, line 2, column 'a'"


def test_files_that_do_not_fit_together(tmp_path):
    (tmp_path / "1.csv").write_text("a,b\n1,y\n")
    (tmp_path / "2.csv").write_text("a\n1\n")
    np.savez(tmp_path / "3.npz", X=np.zeros((2, 2)))
    np.savez(tmp_path / "4.npz", X=np.zeros((2, 3)))
    with pytest.raises(DataError, match=r"2\.csv has no column 'b', which .*1\.csv has"):
        read(tmp_path / "*.csv")
    with pytest.raises(DataError, match="different kinds"):
        read([tmp_path / "1.csv", tmp_path / "3.npz"])
    with pytest.raises(DataError, match="other columns"):
        read(tmp_path / "*.npz")
    with pytest.raises(DataError, match="no file fits"):
        read(tmp_path / "*.parquet")
    with pytest.raises(DataError, match="no data file was named"):
        read([])


def test_arrays_follow_each_other(tmp_path):
    for k in range(2):
        np.savez(tmp_path / f"{k}.npz", X=np.full((2, 2), k), y=np.array([k, k]))
    table = read(tmp_path / "*.npz")
    assert table.y.tolist() == [0, 0, 1, 1]
    assert table.X[:, 0].tolist() == [0, 0, 1, 1]
