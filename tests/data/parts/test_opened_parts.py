"""Data sets as parts, by the kind of the file."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.parts.array_parts import ArrayParts
from fastavg.data.parts.column_parts import ColumnParts
from fastavg.data.parts.npy_parts import NpyParts
from fastavg.data.parts.opened_parts import open_parts
from fastavg.errors import ConfigError, DataError
from tests.data.parts.sources import rows, source


@pytest.mark.parametrize(("kind", "made"), [
    ("npy", NpyParts), ("arrow", ColumnParts), ("parquets", ColumnParts),
])
def test_files_that_can_be_read_in_parts_are(kind, made, tmp_path):
    assert type(source(kind, tmp_path)) is made


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
