"""Which reader takes which file."""

from __future__ import annotations

from pathlib import Path

import pytest

from fastavg import DataError
from fastavg.data.readers.csv import read_csv
from fastavg.data.readers.idx import read_idx
from fastavg.data.readers.npz import read_npz
from fastavg.data.readers.parquet import read_parquet
from fastavg.data.readers.suffixes import Request, has_named_columns, known_endings, reader_of


@pytest.mark.parametrize(("name", "reader"), [
    ("a.csv", read_csv), ("A.CSV", read_csv), ("a.tsv.gz", read_csv), ("a.csv.zst", read_csv),
    ("a.b.npz", read_npz), ("train-images-idx3-ubyte.gz", read_idx), ("a.pq", read_parquet),
    ("a.parquet.brotli", read_parquet),
])
def test_the_end_of_the_name_decides(name, reader):
    assert reader_of(Path("folder") / name) is reader


@pytest.mark.parametrize("name", ["a.docx", "csv", "a.csv.bz2", "a"])
def test_unknown_kinds_are_refused_with_the_known_ones(name):
    with pytest.raises(DataError, match=rf"{name} is of no known kind; .*\.arrow.*\.csv.*known$"):
        reader_of(Path(name))


def test_every_ending_has_a_reader():
    for ending in known_endings():
        assert callable(reader_of(Path(f"d{ending}")))
    assert {".csv", ".npy", ".npz", ".mat", ".h5", ".jsonl", ".svm", ".txt"} <= {*known_endings()}


def test_which_formats_have_named_columns():
    assert [has_named_columns(Path(name)) for name in ("a.csv", "a.jsonl.gz", "a.npz", "a.h5")] == [
        True, True, False, False
    ]


def test_a_request_asks_for_nothing_in_particular():
    assert Request() == Request(target=None, names=None, bad_rows="stop")
