"""Labels and numbers as the matrix that a network is trained on."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError, Network
from fastavg.data.targets import encode_targets

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


def test_rows_of_shares_for_a_softmax():
    Y, classes = encode_targets([[0.5, 0.25, 0.25], [0, 1, 0]], SOFTMAX, "float32", 2)
    assert Y.tolist() == [[0.5, 0.25, 0.25], [0, 1, 0]]
    assert classes.tolist() == [0, 1, 2]
