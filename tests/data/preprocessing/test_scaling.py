"""Feature scaling against scikit-learn's, and its corner cases."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_array, random_array
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, StandardScaler

from fastavg import ConfigError
from fastavg.data.preprocessing.scaling import BLOCK, fit_scaling, fit_sparse_scaling
from fastavg.data.sparse_rows import check_sparse


def rows(n=2 * BLOCK + 5):
    random = np.random.default_rng(0)
    return random.normal([5, -300, 1e6], [1, 50, 1e-2], (n, 3))


@pytest.mark.parametrize(
    ("kind", "other"),
    [("standard", StandardScaler), ("minmax", MinMaxScaler), ("maxabs", MaxAbsScaler)],
)
def test_same_numbers_as_scikit_learn(kind, other):
    found = fit_scaling(kind, rows()).apply(rows(), "float64")
    np.testing.assert_allclose(found, other().fit_transform(rows()), rtol=1e-6, atol=1e-6)


def test_one_factor_for_all_columns():
    X = np.array([[0, 100], [-200, 50]], "int16")
    assert fit_scaling("overall", X).apply(X, "float64").tolist() == [[0, 0.5], [-1, 0.25]]
    assert fit_scaling("overall", np.array([[0.0, 1.0]])) is None
    assert fit_scaling("overall", np.zeros((2, 2))).apply(np.zeros((2, 2)), "f4").sum() == 0


@pytest.mark.parametrize("dtype", ["uint8", "int64", "bool", "float32"])
def test_any_real_type(dtype):
    X = np.random.default_rng(0).integers(0, 2, (50, 4)).astype(dtype)
    found = fit_scaling("standard", X).apply(X, "float32")
    assert found.dtype == np.float32
    np.testing.assert_allclose(found.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(found.std(0), 1, atol=1e-6)


@pytest.mark.parametrize("kind", ["standard", "minmax"])
@pytest.mark.parametrize("value", [0.0, 7.3, 1e300, 5e-324])
def test_constant_columns_stay_finite(kind, value):
    X = np.full((9, 1), value)
    found = fit_scaling(kind, X).apply(X, "float64")
    assert np.isfinite(found).all()
    assert np.abs(found).max() <= 1e-6 * max(value, 1)


def test_auto_leaves_small_numbers_alone():
    assert fit_scaling("auto", np.array([[-1.0, 1.0]])) is None
    assert fit_scaling("none", np.array([[900.0]])) is None
    assert fit_scaling("auto", np.array([[0.0, 1.01]])) is not None
    with pytest.raises(ConfigError, match="'log' is unknown"):
        fit_scaling("log", rows(3))


def test_sparse_rows_are_divided_by_their_largest_magnitude():
    X = random_array((50, 40), density=0.1, random_state=0, format="csr")
    X.data = 100 * X.data - 30
    rows = check_sparse(X, "float64", 40)
    # A selection of the rows, in another order and one of them twice.
    chosen = np.array([7, 3, 30, 3])
    scaling = fit_sparse_scaling("maxabs", rows[chosen])
    expected = MaxAbsScaler().fit(X[chosen]).transform(X)
    assert scaling.keeps_zeros
    found = scaling.apply_sparse(rows, "float32")
    np.testing.assert_allclose(found.toarray(), expected.toarray(), rtol=1e-6)
    np.testing.assert_allclose(scaling.apply(X.toarray(), "f4"), found.toarray(), rtol=1e-6)
    assert fit_sparse_scaling("none", rows) is None
    assert fit_sparse_scaling("auto", rows) is not None
    assert fit_sparse_scaling("auto", rows.scaled(1e-3, "float64")) is None
    assert fit_sparse_scaling("maxabs", check_sparse(csr_array((2, 3)), "f8", 3)).factor.all()
