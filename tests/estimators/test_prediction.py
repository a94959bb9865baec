"""What estimators answer for new rows: dtypes, refusals, rows of every kind."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.neural_network import MLPClassifier as TheirClassifier
from sklearn.neural_network import MLPRegressor as TheirRegressor

from fastavg import MLPClassifier, MLPRegressor

random = np.random.default_rng(0)
X = random.normal(size=(80, 4))
Y = np.digitize(X[:, 0], [-0.5, 0.5])
SMALL = {"hidden_layer_sizes": (6,), "max_iter": 3, "random_state": 0}


def fitted(kind, dtype="float64", y=Y, **more):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return kind(**{**SMALL, **more}).fit(X.astype(dtype), y)


@pytest.mark.parametrize("trained", ["float32", "float64"])
@pytest.mark.parametrize("asked", ["float32", "float64", "int64"])
def test_numbers_have_the_dtype_that_scikit_learn_gives(trained, asked):
    rows = (10 * X).astype(asked)
    for ours, theirs in ((MLPClassifier, TheirClassifier), (MLPRegressor, TheirRegressor)):
        a, b = fitted(ours, trained), fitted(theirs, trained)
        assert a.predict(rows).dtype == b.predict(rows).dtype
        if ours is MLPClassifier:
            assert a.predict_proba(rows).dtype == b.predict_proba(rows).dtype


def test_probabilities_that_were_computed_in_float32_add_up_in_float64():
    model = MLPClassifier(**{**SMALL, "dtype": "float32"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(X, Y)
    found = model.predict_proba(X)
    assert model.weights_.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-15)
    np.testing.assert_allclose(found, model.model_.predict_proba(X), rtol=1e-6)


@pytest.mark.parametrize("rows", [
    X[:1].tolist(), sparse.csr_array(X[:1]), pd.DataFrame(X[:1]), np.asfortranarray(X[:3]),
    X[:2, ::-1],
])
def test_rows_of_every_kind_are_predicted_alike(rows):
    model = fitted(MLPClassifier)
    plain = rows.toarray() if sparse.issparse(rows) else np.array(rows, "f8")
    np.testing.assert_allclose(model.predict_proba(rows), model.predict_proba(plain), rtol=1e-12)


@pytest.mark.parametrize(("rows", "words"), [
    (np.full((1, 4), np.nan), "Input X contains NaN"),
    (np.zeros((1, 3)), "X has 3 features, but MLPClassifier is expecting 4 features"),
    (np.zeros((0, 4)), r"Found array with 0 sample\(s\)"),
    (np.zeros(4), "Expected 2D array, got 1D array instead"),
])
def test_refusals_have_scikit_learn_s_words(rows, words):
    with pytest.raises(ValueError, match=words):
        fitted(MLPClassifier).predict(rows)


def test_an_array_without_names_is_warned_about_if_names_were_trained_on():
    model = MLPClassifier(**{**SMALL, "max_iter": 1})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(pd.DataFrame(X, columns=list("abcd")), Y)
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        model.predict(X[:1])
