"""Arrays that users hand in: accepted in every form, refused by row and column."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.sparse

from fastavg import DataError, Network
from fastavg.data.checks import BLOCK, check_features, check_sample_weight
from fastavg.data.targets import encode_targets


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


SOFTMAX = Network((2, 3))
ONE, TWO = (Network((2, units), output="logistic") for units in (1, 2))
NUMBER, PAIR = (Network((2, units), output="identity") for units in (1, 2))


def test_labels_of_any_kind():
    for labels in (["x", "z", "y", "x"], [3, 9, 5, 3], [0.5, 2.5, 1.5, 0.5]):
        for form in (list, np.array, lambda y: np.array(y, object), lambda y: np.array(y)[:, None]):
            Y, classes = encode_targets(form(labels), SOFTMAX, "float32", 4)
            assert Y.tolist() == [[0], [2], [1], [0]]
            assert classes.tolist() == sorted(set(labels))
            assert classes.dtype.kind != "O"
    assert encode_targets([True, False], ONE, "float32", 2).Y.tolist() == [[1], [0]]
    assert encode_targets(["b", "a"], TWO, "float32", 2).Y.tolist() == [[1], [0]]


def test_numbers_and_independent_labels():
    assert encode_targets([1.5, 2], NUMBER, "float64", 2).Y.tolist() == [[1.5], [2]]
    assert encode_targets([[1, 2], [3, 4]], PAIR, "float64", 2).Y.shape == (2, 2)
    Y, classes = encode_targets([[0, 1], [1, 1]], TWO, "float64", 2)
    assert (Y.tolist(), classes) == ([[0, 1], [1, 1]], None)


@pytest.mark.parametrize(("y", "network", "said"), [
    ([0, 1, 2, 0], SOFTMAX, "3 rows"),
    ([0, 1, 1], SOFTMAX, "2 classes; a network with 3 output units needs 3"),
    ([0, 1, 2], ONE, "3 classes; a network with 1 output unit needs 2"),
    ([0, np.nan, 1], SOFTMAX, "nan in row 1"),
    ([0, None, 1], SOFTMAX, "several types"),
    ([0, 1j, 1], SOFTMAX, "labels"),
    ([[0, 1], [1, 2], [0, 0]], TWO, "2 in row 1, column 1"),
    ([1, 2], NUMBER, "shape"),
    ([1, 2, np.inf], NUMBER, "inf in row 2"),
    (["a", "b", "c"], NUMBER, "values"),
])
def test_bad_targets(y, network, said):
    with pytest.raises(DataError, match=said):
        encode_targets(y, network, "float32", 3)
