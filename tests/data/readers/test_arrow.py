"""Arrow files and streams and Feather files: columns as they were written."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather

from fastavg import ConfigError, DataError
from fastavg.data.readers.arrow import read_arrow
from fastavg.data.readers.suffixes import Request

TABLE = pa.table({"age": [31, None, 45], "town": ["Ulm", "Bonn", None]})


def write(path, table=TABLE):
    if path.suffix == ".feather":
        feather.write_feather(table, path, compression="zstd")
        return path
    made = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
    with pa.OSFile(str(path), "wb") as file, made(file, table.schema) as writer:
        writer.write_table(table)
    return path


@pytest.mark.parametrize("suffix", [".arrow", ".ipc", ".arrows", ".feather"])
def test_columns(tmp_path, suffix):
    frame = read_arrow(write(tmp_path / f"d{suffix}"), Request("town"))
    assert frame.names == ("age", "town")
    np.testing.assert_array_equal(frame.numbers("age"), [31, np.nan, 45])
    assert frame.categories("town").codes.tolist() == [0, 1, -1]
    with pytest.raises(ConfigError, match="no column 'country'; its columns are age, town"):
        read_arrow(tmp_path / f"d{suffix}", Request("country"))


def test_coded_text_is_read_as_text(tmp_path):
    coded = pa.table({"town": pa.array(["Ulm", "Bonn", "Ulm"]).dictionary_encode()})
    frame = read_arrow(write(tmp_path / "d.arrow", coded), Request())
    assert frame.kind("town") == "text"
    assert frame.values("town").tolist() == ["Ulm", "Bonn", "Ulm"]


def test_a_stream_under_the_name_of_a_file(tmp_path):
    stream = write(tmp_path / "d.arrows").read_bytes()
    (tmp_path / "d.arrow").write_bytes(stream)
    with pytest.raises(DataError, match=r"d\.arrow is damaged, or no Arrow file at all"):
        read_arrow(tmp_path / "d.arrow", Request())


def test_a_file_without_rows(tmp_path):
    with pytest.raises(DataError, match="has no rows; at least one is needed"):
        read_arrow(write(tmp_path / "d.arrow", TABLE.slice(0, 0)), Request())
