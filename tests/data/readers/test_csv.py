"""Text tables as people have them: read, or refused in one sentence that names the line."""

from __future__ import annotations

import gzip

import numpy as np
import pyarrow as pa
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.readers.by_suffix import read, read_table
from fastavg.data.readers.suffixes import Request

ROWS = "".join(f"{k * 0.1:.1f},{k % 2}\n" for k in range(40))


def write(folder, text, name="d.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


READABLE = {
    "comma": ("x,y\n" + ROWS, ()),
    "mark": ("\ufeffx,y\n" + ROWS, ()),
    "windows": (("x,y\n" + ROWS).replace("\n", "\r\n"), ()),
    "old mac": (("x,y\n" + ROWS).replace("\n", "\r"), ()),
    "semicolon": (("x;y\n" + ROWS.replace(",", ";").replace(".", ",")),
                  ("separator: semicolon", "decimal comma")),
    "tab": (("x,y\n" + ROWS).replace(",", "\t"), ("separator: tab",)),
    "bar": (("x,y\n" + ROWS).replace(",", "|"), ("separator: vertical bar",)),
    "comment": ("# by the logger\n\nx,y\n" + ROWS, ("2 lines before the header",)),
    "trailing": (("x,y\n" + ROWS).replace("\n", ",\n"), ()),
    "spaces": (("x,y\n" + ROWS).replace(",", ", "), ()),
    "quoted": ("x,y\n" + "".join(f'"{k * 0.1:.1f}","{k % 2}"\n' for k in range(40)), ()),
    "single": ("'x','y'\n" + "".join(f"'{k * 0.1:.1f}','{k % 2}'\n" for k in range(40)),
               ("single quotation marks",)),
}


@pytest.mark.parametrize("kind", READABLE)
def test_the_same_numbers_however_they_are_written(tmp_path, kind):
    text, notes = READABLE[kind]
    frame = read(write(tmp_path, text), Request("y"))
    assert frame.names == ("x", "y")
    assert frame.notes == notes
    np.testing.assert_allclose(frame.numbers("x"), np.arange(40) * 0.1, atol=1e-12)
    assert frame.values("y").tolist() == [0, 1] * 20


@pytest.mark.parametrize("pack", ["gz", "zst"])
def test_packed(tmp_path, pack):
    data = ("x,y\n" + ROWS).encode()
    packed = gzip.compress(data) if pack == "gz" else pa.compress(data, "zstd", asbytes=True)
    (tmp_path / f"d.csv.{pack}").write_bytes(packed)
    assert len(read(tmp_path / f"d.csv.{pack}")) == 40
    (tmp_path / f"cut.csv.{pack}").write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=r"cut\.csv"):
        read(tmp_path / f"cut.csv.{pack}")


@pytest.mark.parametrize(("encoding", "said"), [
    ("utf-16", "encoding utf-16"), ("latin-1", "encoding cp1252"), ("utf-8", None),
])
def test_encodings(tmp_path, encoding, said):
    frame = read(write(tmp_path, "größe,ort\n1,Köln\n2,Ulm\n", encoding=encoding))
    assert frame.names == ("größe", "ort")
    assert frame.categories("ort").levels == ["Köln", "Ulm"]
    assert frame.notes == (() if said is None else (said,))


def test_text_that_is_not_utf8_far_behind_the_beginning(tmp_path):
    text = b"a,b\n" + b"1,word\n" * 60_000 + "2,Köln\n".encode("latin-1")
    (tmp_path / "d.csv").write_bytes(text)
    assert read(tmp_path / "d.csv").categories("b").levels == ["word", "Köln"]


def test_kinds_of_columns(tmp_path):
    rows = "".join(
        f"{k}.5,{k % 3 == 0},2024-01-{k % 28 + 1:02d},w{k % 4},,{k}\n" for k in range(50)
    )
    frame = read(write(tmp_path, "number,flag,when,word,nothing,whole\n" + rows))
    assert [frame.kind(name) for name in frame.names] == [
        "number", "boolean", "date", "text", "empty", "number"
    ]
    assert frame.numbers("when")[0] == 19723


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%m/%d/%Y", "%Y/%m/%d", "%Y-%m-%d %H:%M"])
def test_dates_of_other_countries(tmp_path, form):
    days = np.arange("2023-12-01", "2024-02-01", dtype="datetime64[D]")
    text = "when\n" + "".join(f"{day.astype(object):{form}}\n" for day in days)
    np.testing.assert_array_equal(
        read(write(tmp_path, text)).numbers("when"), days.astype(np.int64)
    )


def test_missing_values(tmp_path):
    frame = read(write(tmp_path, "a,b\n1,x\n?,\n,NA\n4,y\n"))
    assert np.isnan(frame.numbers("a")).tolist() == [False, True, True, False]
    assert frame.categories("b").codes.tolist() == [0, -1, -1, 1]


def test_blanks_in_a_column_of_numbers_are_missing(tmp_path):
    frame = read(write(tmp_path, "total\n" + "29.5\n" * 30 + '" "\n'))
    assert np.isnan(frame.numbers("total")).sum() == 1


def test_integers_beyond_what_a_double_holds(tmp_path):
    ids = [123456789012345678, 923456789012345679]
    text = "x,y\n" + "".join(f"{k * 0.5},{ids[k % 2]}\n" for k in range(10))
    assert read_table(write(tmp_path, text), "y").y.tolist() == ids * 5


def test_a_value_may_go_over_lines(tmp_path):
    text = "a,b\n" + "1,word\n" * 60_000 + '2,"two\nlines"\n'
    frame = read(write(tmp_path, text))
    assert frame.categories("b").levels == ["word", "two\nlines"]
    with pytest.raises(DataError, match="line 60004: 3 values"):
        read(write(tmp_path, text + "1,2,3\n"))


REFUSED = {
    "ragged, short": ("a,b\n1,2\n3\n", r"d.csv, line 3: 1 values for 2 columns"),
    "ragged, long": ("a,b\n1,2\n\n3,4,5\n", r"d.csv, line 4: 3 values for 2 columns"),
    "text among numbers": ("a,b\n" + "1,2\n" * 99 + "1,x2\n",
                           r"d.csv, line 101, column 'b' holds 'x2'"),
    "thousands": ('a,b\n' + "1,2\n" * 99 + '1,"1,234"\n', r"line 101, column 'b' holds '1,234'"),
    "underscore": ("a,b\n" + "1,2\n" * 99 + "1_0,1\n", r"line 101, column 'a' holds '1_0'"),
    "header alone": ("a,b\n", "a header and no rows"),
    "header alone, no line break": ("a,b", "a header and no rows"),
    "empty": ("", "d.csv is empty"),
    "blank": ("\n\n", "only empty lines"),
    "nul": ("a,b\n1,2\n3,\x004\n", "line 3 holds a NUL byte"),
    "nul far behind": ("a,b\n" + "1,word\n" * 60_000 + "1,w\x00\n", r"line 60002, .*NUL byte"),
    "duplicate": ("a,b,a\n1,2,3\n", r"line 1 has two columns 'a'"),
    "unclosed": ('a,b\n1,"2\n' + "3,4\n" * 99, "line 2: a quotation mark is opened and never"),
    "unclosed name": ('"a,b\n' + "3,4\n" * 99, "line 1: a quotation mark is opened and never"),
    "no header": ("1,2\n3,4\n", "no header"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_one_sentence_names_file_line_and_cause(tmp_path, kind):
    text, said = REFUSED[kind]
    with pytest.raises(DataError, match=said) as refusal:
        read(write(tmp_path, text))
    assert "d.csv" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_infinite_number_is_named_by_its_line(tmp_path):
    frame = read(write(tmp_path, "a,b\n1,2\n\ninf,3\n"))
    with pytest.raises(DataError, match="line 4, column 'a' holds inf"):
        frame.numbers("a")


def test_bad_rows_are_skipped_counted_and_listed(tmp_path):
    lines = ["1,2", "3", "4,5,6", "", "7,8", '"9\n9",1', "1,2,3"]
    frame = read(write(tmp_path, "a,b\n" + "\n".join(lines) + "\n"), Request(bad_rows="skip"))
    assert [(bad.line, bad.reason) for bad in frame.skipped] == [
        (3, "1 values for 2 columns"), (4, "3 values for 2 columns"),
        (9, "3 values for 2 columns"),
    ]
    assert len(frame) + len(frame.skipped) == 6
    with pytest.raises(ConfigError, match="bad_rows 'some' is unknown"):
        read(tmp_path / "d.csv", Request(bad_rows="some"))


def test_a_row_is_found_again_when_others_were_left_out(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n3\n\n4,inf\n")
    frame = read(path, Request(bad_rows="skip"))
    assert frame.place(1, "b") == f"{path}, line 5, column 'b'"
    assert frame.take(np.array([1])).place(0, "b") == f"{path}, line 5, column 'b'"


def test_names_that_are_numbers_are_a_header_if_some_are_words_or_all_are_known(tmp_path):
    path = write(tmp_path, "400,410,species\n0.5,0.25,1\n")
    assert read(path).names == ("400", "410", "species")
    path = write(tmp_path, "400,410\n0.5,0.25\n")
    assert read(path, Request(names=("410", "400"))).names == ("400", "410")
    with pytest.raises(DataError, match="no header"):
        read(path, Request(names=("age",)))


def test_an_index_without_a_name_gets_one(tmp_path):
    assert read(write(tmp_path, ",x\n0,5\n1,7\n")).names == ("unnamed_1", "x")


def test_a_table_of_many_columns(tmp_path):
    n = 20_000
    text = ",".join(f"gene_{k}" for k in range(n)) + "\n" + (",".join(["0.125"] * n) + "\n") * 3
    frame = read(write(tmp_path, text))
    assert len(frame.names) == n
    assert len(frame) == 3
