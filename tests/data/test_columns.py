"""A model's features in a table: by name where both have names, else by place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array

from fastavg import DataError, Model, Network
from fastavg.data.columns import features_of
from fastavg.data.table import Table

NETWORK = Network((2, 2))
WEIGHTS = np.zeros(NETWORK.n_weights, "float32")
PATH = Path("d.csv")
NAMED = Table(np.array([[1.0, 2.0, 3.0]]), None, ("id", "height", "age"))


def test_by_name():
    model = Model(NETWORK, WEIGHTS, feature_names=("age", "height"))
    X = features_of(model, NAMED, PATH)
    assert X.tolist() == [[3, 2]]
    assert X.flags.c_contiguous
    with pytest.raises(DataError, match=r"d\.csv has no column 'age', which the model was trained"):
        features_of(model, Table(np.ones((1, 2)), None, ("id", "height")), PATH)


def test_by_place():
    X = np.array([[5.0, 6.0]])
    for names, table in (
        (None, Table(X, None, ("a", "b"))), (("age", "height"), Table(X, None)),
    ):
        model = Model(NETWORK, WEIGHTS, feature_names=names)
        np.testing.assert_array_equal(features_of(model, table, PATH), X)
    with pytest.raises(DataError, match=r"d\.csv has 3 columns; the model takes 2"):
        features_of(Model(NETWORK, WEIGHTS), NAMED, PATH)


def test_a_sparse_file_ends_with_its_last_feature():
    model = Model(Network((30, 2)), np.zeros(62, "float32"))
    X = csr_array((np.array([5.0]), np.array([3]), np.array([0, 1])), shape=(1, 4))
    found = features_of(model, Table(X, None), PATH)
    assert found.shape == (1, 30)
    assert found.toarray()[0, 3] == 5
    assert X.shape == (1, 4)
    with pytest.raises(DataError, match=r"d\.csv has 31 columns; the model takes 30"):
        features_of(model, Table(csr_array((1, 31)), None), PATH)
