"""Numbers between blanks: the paper's two text files."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.readers.number_text import read_number_text
from fastavg.data.readers.suffixes import Request

X = np.arange(24.0).reshape(6, 4)


def test_the_two_text_files_of_the_paper(tmp_path):
    np.savetxt(tmp_path / "digitInput.txt", X)
    digits = np.array([1, 2, 0, 9, 5, 0])
    np.savetxt(tmp_path / "digitOutput.txt", np.eye(10)[(digits - 1) % 10], fmt="%d")
    table = read_number_text(tmp_path / "digitInput.txt", Request())
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == digits.tolist()


@pytest.mark.parametrize(("answers", "y", "kind"), [
    ("1\n0\n", [1, 0], "i"), ("0.5\n2\n", [0.5, 2], "f"), ("1 1\n0 1\n", [[1, 1], [0, 1]], "f"),
])
def test_a_file_of_answers(tmp_path, answers, y, kind):
    (tmp_path / "a.txt").write_text("1 2\n3 4\n")
    (tmp_path / "b.txt").write_text(answers)
    assert read_number_text(tmp_path / "a.txt", Request()).y is None
    table = read_number_text(tmp_path / "a.txt", Request(str(tmp_path / "b.txt")))
    assert table.y.tolist() == y
    assert table.y.dtype.kind == kind


@pytest.mark.parametrize(("text", "said"), [
    ("1 2\n3 x\n", "line 2, column 1 holds 'x'"), ("1 2\n3 4 5\n", "line 2: 3 numbers"),
    ("1 2\ninf 4\n", "line 2, column 0 holds 'inf'"),
])
def test_faults_are_named_by_line(tmp_path, text, said):
    (tmp_path / "d.txt").write_text(text)
    with pytest.raises(DataError, match=said):
        read_number_text(tmp_path / "d.txt", Request())


def test_answers_of_another_length(tmp_path):
    (tmp_path / "input.txt").write_text("1 2\n3 4\n")
    (tmp_path / "output.txt").write_text("1\n")
    with pytest.raises(DataError, match="X has 2 rows and y 1"):
        read_number_text(tmp_path / "input.txt", Request())
