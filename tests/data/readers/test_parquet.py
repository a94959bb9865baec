"""Parquet files: the wanted columns alone, and what every file of columns must have."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from fastavg import ConfigError, DataError
from fastavg.data.frame import Frame
from fastavg.data.readers.parquet import complete, read_parquet
from fastavg.data.readers.suffixes import Request

TABLE = pa.table({"age": [31, None, 45], "town": ["Ulm", "Bonn", None], "share": [0.5, 1, None]})


@pytest.fixture
def path(tmp_path):
    parquet.write_table(TABLE, tmp_path / "d.parquet")
    return tmp_path / "d.parquet"


def test_all_columns(path):
    frame = read_parquet(path, Request("town"))
    assert frame.names == ("age", "town", "share")
    np.testing.assert_array_equal(frame.numbers("share"), [0.5, 1, np.nan])


def test_only_the_wanted_columns_are_read(path):
    assert read_parquet(path, Request(names=("town", "age"))).names == ("age", "town")
    assert read_parquet(path, Request("share", ("age",))).names == ("age", "share")
    # Where some are not there, the model that wants them says so.
    assert len(read_parquet(path, Request(names=("age", "height"))).names) == 3


def test_a_nested_column_is_named(tmp_path):
    parquet.write_table(pa.table({"a": [[1], [2]]}), tmp_path / "d.parquet")
    with pytest.raises(DataError, match="column 'a' holds list"):
        read_parquet(tmp_path / "d.parquet", Request()).kind("a")


def test_damage(path):
    whole = path.read_bytes()
    for content in (whole[:-5], whole[:4], b"PAR1" * 8, b"no"):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"d\.parquet is damaged, or no Parquet file at all"):
            read_parquet(path, Request())


def test_the_index_of_pandas_is_left_out(tmp_path):
    pd = pytest.importorskip("pandas")
    data = pd.DataFrame({"age": [31, 45]}, index=["a", "b"])
    data.to_parquet(tmp_path / "d.parquet")
    assert "__index_level_0__" in parquet.read_schema(tmp_path / "d.parquet").names
    assert read_parquet(tmp_path / "d.parquet", Request()).names == ("age",)


def test_what_every_file_of_columns_must_have():
    with pytest.raises(DataError, match="two columns 'a'; each needs a name of its own"):
        complete(Frame(pa.table([[1], [2]], names=["a", "a"])), Request())
    with pytest.raises(DataError, match="the table has no rows"):
        complete(Frame(TABLE.slice(0, 0)), Request())
    with pytest.raises(ConfigError, match="no column 'b'; its columns are age, town, share"):
        complete(Frame(TABLE), Request("b"))
    # Text that stands for numbers becomes numbers.
    assert complete(Frame(pa.table({"a": ["1.5", "2"]})), Request()).kind("a") == "number"
