"""Files of svmlight: sparse, exact, and a fault is named by its line."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import dump_svmlight_file

from fastavg import DataError
from fastavg.data.readers.suffixes import Request
from fastavg.data.readers.svmlight import read_svmlight

X = np.arange(24.0).reshape(6, 4)
Y = np.array([1, 0, 1, 0, 1, 0])


def test_it_stays_sparse(tmp_path):
    dump_svmlight_file(X, Y, str(tmp_path / "d.svmlight"), zero_based=False)
    table = read_svmlight(tmp_path / "d.svmlight", Request())
    assert scipy.sparse.issparse(table.X)
    np.testing.assert_array_equal(table.X.toarray(), X)
    assert table.y.tolist() == Y.tolist()
    assert table.y.dtype == np.int64


def test_fractions_and_comments(tmp_path):
    (tmp_path / "d.svm").write_text("0.5 1:2 3:4 # first\n1 2:-1\n")
    table = read_svmlight(tmp_path / "d.svm", Request())
    assert table.X.toarray().tolist() == [[2, 0, 4], [0, -1, 0]]
    assert table.y.tolist() == [0.5, 1]


@pytest.mark.parametrize(("text", "said"), [
    ("1 1:0.5\n0 2:x\n", "line 2 holds '2:x'"), ("1 1:0.5\n0 a:1\n", "line 2 holds 'a:1'"),
    ("yes 1:0.5\n", "line 1 holds 'yes'"), ("# a comment alone\n", "has no rows"),
])
def test_faults(tmp_path, text, said):
    (tmp_path / "bad.svmlight").write_text(text)
    with pytest.raises(DataError, match=rf"bad\.svmlight.* {said}"):
        read_svmlight(tmp_path / "bad.svmlight", Request())
