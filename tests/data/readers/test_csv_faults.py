"""Lines of a text table: where each row stands, and which rows are broken."""

from __future__ import annotations

import pytest

from fastavg import DataError
from fastavg.data.readers.csv_faults import Lines, bad_rows, records
from fastavg.data.readers.dialect import find_dialect

# A comment, an empty line, and a value over two lines, before and between rows.
TEXT = '# by the logger\na,b\n1,2\n\n3\n"4\n5",6\n7,8,9\n10,11\n'


@pytest.fixture
def path(tmp_path):
    (tmp_path / "d.csv").write_text(TEXT)
    return tmp_path / "d.csv"


def test_every_row_with_the_line_on_which_it_begins(path):
    assert list(records(path, find_dialect(path))) == [
        (3, ["1", "2"]), (5, ["3"]), (6, ["4\n5", "6"]), (8, ["7", "8", "9"]), (9, ["10", "11"]),
    ]


def test_rows_of_another_length(path):
    assert list(bad_rows(path, find_dialect(path))) == [
        (str(path), 5, "1 values for 2 columns"), (str(path), 8, "3 values for 2 columns"),
    ]


def test_the_line_of_a_row_that_was_kept(path):
    lines = Lines(path, find_dialect(path))
    assert [lines(row) for row in range(4)] == [
        f"{path}, line 3", f"{path}, line 6", f"{path}, line 9", f"{path}, row 3",
    ]


def test_a_quotation_mark_that_is_never_closed(path):
    dialect = find_dialect(path)
    path.write_text(TEXT + '12,"13\n14,15\n')
    rows = records(path, dialect)
    for _ in range(5):
        next(rows)
    with pytest.raises(DataError, match="line 10: a quotation mark is opened and never closed"):
        next(rows)


def test_text_after_a_quotation_mark(path):
    dialect = find_dialect(path)
    path.write_text('# by the logger\na,b\n"1"x,2\n')
    with pytest.raises(DataError, match=r"line 3: .* expected after"):
        list(records(path, dialect))
