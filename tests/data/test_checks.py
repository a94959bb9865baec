"""Arrays that users hand in: accepted in every form, refused by row and column."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from fastavg import DataError
from fastavg.data.checks import BLOCK, check_features, check_sample_weight


@pytest.mark.parametrize("given", [
    [[1, 2], [3, 4]], np.array([[1, 2], [3, 4]], "uint8"), np.array([[1, 2], [3, 4]], object),
    np.array([[1.0, 2], [3, 4]], order="F"), np.array([[1, 2], [3, 4]], ">f8"),
    np.array([[True, False]]),
], ids=["list", "uint8", "object", "fortran", "big-endian", "bool"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_in_any_form(given, dtype):
    found = check_features(given, dtype)
    assert found.dtype == dtype
    assert found.dtype.isnative
    assert found.flags.c_contiguous
    assert found.flags.writeable
    np.testing.assert_array_equal(found, np.asarray(given, float))


def test_good_rows_are_not_copied():
    X = np.zeros((3, 2), "float32")
    assert check_features(X, "float32") is X


def test_numbers_that_are_known_to_be_finite_are_not_looked_at_again(monkeypatch):
    X = np.zeros((3, 2), "float32")
    looked = []
    monkeypatch.setattr("fastavg.data.checks.check_finite", lambda *given: looked.append(given[1]))
    assert check_features(X, "float32", finite=True) is X
    assert looked == []
    check_features(X, "float64", finite=True)
    check_features(X, "float32")
    assert looked == ["X", "X"]


def test_finite_numbers_that_another_dtype_cannot_hold():
    with pytest.raises(DataError, match="beyond float32"):
        check_features([[1.0, 1e300]], "float32", finite=True)


BAD = {
    "one dimension": (np.zeros(3), r"X has shape \(3,\)"),
    "three": (np.zeros((3, 2, 2)), r"X has shape \(3, 2, 2\)"),
    "no rows": (np.zeros((0, 2)), r"X has shape \(0, 2\)"),
    "no columns": (np.zeros((3, 0)), r"X has shape \(3, 0\)"),
    "sparse": (scipy.sparse.eye(3).tocsr(), "sparse"),
    "ragged": ([[1, 2], [3]], "X is no matrix"),
    "text": ([["a", "b"]], "X holds <U1 values"),
    "a word": (np.array([[1, 2], [3, "x"]], object), "'x' in row 1, column 1"),
    "complex": (np.ones((2, 2), complex), "complex128"),
    "nan": ([[1, 2], [np.nan, 4]], "nan in row 1, column 0"),
    "infinite": ([[1, np.inf]], "inf in row 0, column 1"),
    "missing": (np.array([[1, None]], object), "row 0, column 1"),
    "too large": ([[0.0], [1e300]], r"1e\+300 in row 1, column 0; that is beyond float32"),
    "wrong width": (np.zeros((3, 4)), "X has 4 columns; the network takes 2"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_features(name):
    given, said = BAD[name]
    with pytest.raises(DataError, match=said):
        check_features(given, "float32", 2 if name == "wrong width" else None)


def test_a_late_row_is_named():
    X = np.zeros((BLOCK + 9, 3))
    X[BLOCK + 4, 2] = -np.inf
    with pytest.raises(DataError, match=f"-inf in row {BLOCK + 4}, column 2"):
        check_features(X, "float64")


def test_sample_weight():
    assert check_sample_weight(None, "float32", 3).size == 0
    given = np.array([1, 0, 2])
    assert check_sample_weight(given, "float32", 3).tolist() == [1, 0, 2]
    for wrong, said in (
        ([1, 2], r"shape \(2,\)"), ([1, -1, 1], "-1 in row 1"), ([1, 1, np.nan], "nan in row 2"),
        ([0, 0, 0], "every sample_weight is 0"), (["a", "b", "c"], "values"),
    ):
        with pytest.raises(DataError, match=said):
            check_sample_weight(wrong, "float32", 3)
