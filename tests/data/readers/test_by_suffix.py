"""Data files: right ones are read exactly, hostile and broken ones refused."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.readers.by_suffix import read_table


def test_csv_with_quotes_marks_and_blank_lines(tmp_path):
    text = '\ufeff"height, cm",y,weight\r\n1.5,0,"2e3"\r\n\r\n-1,1, 7 \r\n'
    (tmp_path / "d.csv").write_text(text, encoding="utf-8", newline="")
    table = read_table(tmp_path / "d.csv", "y")
    assert table.feature_names == ("height, cm", "weight")
    assert table.X.tolist() == [[1.5, 2000], [-1, 7]]
    assert table.y.tolist() == [0, 1]
    assert table.y.dtype == np.int64


def test_fractions_stay_fractions(tmp_path):
    (tmp_path / "d.csv").write_text("x,y\n1,0.5\n2,1\n")
    assert read_table(tmp_path / "d.csv", "y").y.tolist() == [0.5, 1.0]


def test_an_unknown_target_lists_the_columns(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ConfigError, match="columns are a, b"):
        read_table(tmp_path / "d.csv", "c")


def test_text_is_no_matrix(tmp_path):
    (tmp_path / "d.csv").write_text("a,b\n1,word\n2,other\n")
    with pytest.raises(DataError, match="line 2, column 'b' holds 'word'; it must be a finite"):
        read_table(tmp_path / "d.csv", "a")
