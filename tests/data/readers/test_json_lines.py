"""JSON lines: objects as rows, and faults named by their line."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.readers.json_lines import read_json_lines
from fastavg.data.readers.suffixes import Request

LINES = '{"age": 31, "town": "Ulm"}\n{"town": "Bonn"}\n{"age": 45.5, "town": null}\n'


@pytest.mark.parametrize("packed", [False, True])
def test_a_key_that_is_not_there_is_a_missing_value(tmp_path, packed):
    path = tmp_path / ("d.jsonl.gz" if packed else "d.jsonl")
    path.write_bytes(gzip.compress(LINES.encode()) if packed else LINES.encode())
    frame = read_json_lines(path, Request("town"))
    np.testing.assert_array_equal(frame.numbers("age"), [31, np.nan, 45.5])
    assert frame.categories("town").codes.tolist() == [0, 1, -1]
    with pytest.raises(ConfigError, match="no column 'country'"):
        read_json_lines(path, Request("country"))


def test_a_value_is_named_by_its_line(tmp_path):
    path = tmp_path / "d.jsonl"
    path.write_text(LINES)
    frame = read_json_lines(path, Request())
    with pytest.raises(DataError, match=r"d\.jsonl, line 3, column 'town' is empty"):
        frame.values("town")


@pytest.mark.parametrize(("lines", "said"), [
    ('{"a": 1}\n[1]\n', "line 2 is no JSON object"),
    ('{"a": 1}\n{"a": \n', "line 2 is no JSON"),
    ('{"a": 1}\n\n{"a": "x"}\n', "line 3, column 'a' holds 'x'"),
    ('{"a": [1]}\n', "column 'a' holds lists"),
    ('{"a": {"b": 1}}\n', "column 'a' holds lists or objects"),
])
def test_lines_that_are_no_rows(tmp_path, lines, said):
    (tmp_path / "d.jsonl").write_text(lines)
    with pytest.raises(DataError, match=said):
        read_json_lines(tmp_path / "d.jsonl", Request())
