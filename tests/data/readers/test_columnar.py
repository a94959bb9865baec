"""Parquet, Arrow, Feather and JSON lines: the same columns from all of them."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from fastavg import ConfigError, DataError
from fastavg.data.readers.by_suffix import read
from fastavg.data.readers.suffixes import Request

COLUMNS = {
    "age": [31, None, 45], "town": ["Ulm", "Bonn", None], "paid": [True, False, None],
    "share": [0.5, 1.25, None],
}


def write(path):
    table = pa.table(COLUMNS)
    if path.suffix == ".parquet":
        parquet.write_table(table, path)
    elif path.suffix == ".feather":
        feather.write_feather(table, path, compression="zstd")
    elif path.suffix == ".jsonl":
        rows = [dict(zip(COLUMNS, row)) for row in zip(*COLUMNS.values())]
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        made = pa.ipc.new_stream if path.suffix == ".arrows" else pa.ipc.new_file
        with pa.OSFile(str(path), "wb") as file, made(file, table.schema) as writer:
            writer.write_table(table)
    return path


KINDS = [".parquet", ".feather", ".arrow", ".arrows", ".jsonl"]


@pytest.mark.parametrize("suffix", KINDS)
def test_the_same_columns(tmp_path, suffix):
    frame = read(write(tmp_path / f"d{suffix}"), Request("town"))
    assert frame.names == tuple(COLUMNS)
    np.testing.assert_array_equal(frame.numbers("age"), [31, np.nan, 45])
    np.testing.assert_array_equal(frame.numbers("share"), [0.5, 1.25, np.nan])
    assert frame.categories("town") .levels == ["Ulm", "Bonn"]
    assert frame.categories("paid").codes.tolist() == [0, 1, -1]
    assert frame.categories("paid").levels == ["true", "false"]
    with pytest.raises(ConfigError, match="no column 'country'"):
        read(tmp_path / f"d{suffix}", Request("country"))


@pytest.mark.parametrize("suffix", KINDS)
def test_every_truncation_is_refused(tmp_path, suffix):
    path = write(tmp_path / f"d{suffix}")
    whole = path.read_bytes()
    for size in range(1, len(whole) - 1, max(1, len(whole) // 40)):
        path.write_bytes(whole[:size])
        try:
            # A stream or lines that end between two records are complete.
            assert len(read(path)) <= 3
            assert suffix in (".arrows", ".jsonl")
        except DataError as error:
            assert "d." in str(error)  # noqa: PT017
