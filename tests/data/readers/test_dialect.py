"""How a text table is written: found out from its beginning."""

from __future__ import annotations

import gzip

import pyarrow as pa
import pytest

from fastavg import DataError
from fastavg.data.readers.dialect import Dialect, find_dialect, open_bytes

ROWS = "".join(f"{k * 0.1:.1f},{k % 2}\n" for k in range(20))
TEXT = "x,y\n" + ROWS


def found(folder, text, name="d.csv", encoding="utf-8"):
    (folder / name).write_bytes(text.encode(encoding))
    return find_dialect(folder / name)


def test_the_plain_form(tmp_path):
    plain = Dialect("utf-8", ",", ".", '"', 0, ("x", "y"), 1, False)
    assert found(tmp_path, TEXT) == plain
    assert plain.notes() == ()


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_separators(tmp_path, separator):
    dialect = found(tmp_path, TEXT.replace(",", separator))
    assert (dialect.separator, dialect.decimal) == (separator, ".")
    assert dialect.header == ("x", "y")


def test_a_separator_between_quotation_marks_does_not_count(tmp_path):
    text = 'name;place\n"a, b, c";1\n"d, e, f";2\n'
    assert found(tmp_path, text).separator == ";"


def test_a_decimal_comma(tmp_path):
    dialect = found(tmp_path, TEXT.replace(",", ";").replace(".", ","))
    assert (dialect.separator, dialect.decimal) == (";", ",")
    assert dialect.notes() == ("separator: semicolon", "decimal comma")


@pytest.mark.parametrize(("written", "encoding"), [
    ("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("latin-1", "cp1252"),
])
def test_encodings(tmp_path, written, encoding):
    dialect = found(tmp_path, "größe,ort\n1,Köln\n", encoding=written)
    assert dialect.encoding == encoding
    assert dialect.header == ("größe", "ort")


def test_single_quotation_marks(tmp_path):
    assert found(tmp_path, "'x','y'\n'1','2'\n'3','4'\n").quote == "'"
    # An apostrophe is none.
    assert found(tmp_path, "who,what\nit's,1\nshe's,2\n").quote == '"'


def test_lines_before_the_header(tmp_path):
    dialect = found(tmp_path, "# by the logger\n\n" + TEXT)
    assert dialect.skip == 2
    assert dialect.header == ("x", "y")
    assert dialect.notes() == ("2 lines before the header",)


def test_values_and_names_over_several_lines(tmp_path):
    dialect = found(tmp_path, 'a,"b\nc"\n1,2\n')
    assert (dialect.header, dialect.header_lines) == (("a", "b\nc"), 2)
    assert dialect.breaks_in_values
    assert found(tmp_path, 'a,b\n1,"2\n3"\n').breaks_in_values


@pytest.mark.parametrize(("text", "said"), [
    ("\n\n# nothing\n", "only empty lines and comments"),
    ("a,b\n1,\0\n", "line 2 holds a NUL byte"),
    ('"a,b\n' + "1,2\n" * 30, "line 1: a quotation mark is opened and never closed"),
])
def test_what_is_no_table(tmp_path, text, said):
    with pytest.raises(DataError, match=said):
        found(tmp_path, text)


def test_packed_bytes(tmp_path):
    data = TEXT.encode()
    for name, content in (
        ("d.csv", data), ("d.csv.gz", gzip.compress(data)),
        ("d.csv.zst", pa.compress(data, "zstd", asbytes=True)),
    ):
        (tmp_path / name).write_bytes(content)
        with open_bytes(tmp_path / name) as file:
            assert bytes(file.read()) == data
        assert find_dialect(tmp_path / name).header == ("x", "y")
    (tmp_path / "d.csv.gz").write_bytes(gzip.compress(data)[:20])
    with pytest.raises(DataError, match=r"d\.csv\.gz is damaged"):
        find_dialect(tmp_path / "d.csv.gz")
