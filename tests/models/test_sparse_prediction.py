"""Models answer sparse rows as they answer the same rows with their zeros."""

import numpy as np
import pytest
from scipy import sparse

from fastavg import DataError, Model, Network
from fastavg.data.preprocessing.scaling import Scaling
from fastavg.data.sparse_rows import check_sparse
from fastavg.models.sparse_prediction import predict_in_blocks, predict_sparse, thin_rows

NETWORK = Network((300, 9, 3))
X = sparse.random_array((600, 300), density=0.03, random_state=0, format="csr")
FACTOR = np.linspace(0.5, 2, 300)
SCALINGS = [None, Scaling(np.zeros(300), FACTOR), Scaling(np.ones(300), FACTOR)]


def model(dtype="float64", scaling=None):
    weights = NETWORK.initial_weights(0, "glorot", dtype)
    return Model(NETWORK, weights, np.array(["a", "b", "c"]), scaling=scaling)


@pytest.mark.parametrize("scaling", SCALINGS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("rows", [slice(None), slice(0, 1), slice(0, 300)])
def test_answers_are_those_of_dense_rows(rows, dtype, scaling):
    ours, some = model(dtype, scaling), X[rows]
    expected = ours.predict_proba(some.toarray())
    tolerance = {"rtol": 1e-5 if dtype == "float32" else 1e-12}
    for form in ("csr", "csc", "coo"):
        found = ours.predict_proba(some.asformat(form))
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, **tolerance)
    own = check_sparse(some, "float64", 300)
    np.testing.assert_allclose(ours.predict_proba(own), expected, **tolerance)
    assert ours.predict(some).tolist() == ours.predict(some.toarray()).tolist()


def test_scores_and_losses():
    ours = model()
    y = ours.predict(X.toarray())
    assert ours.score(X, y) == 1
    assert ours.loss(X, y) == pytest.approx(ours.loss(X.toarray(), y), rel=1e-12)


def test_rows_that_are_not_thin_have_the_bits_of_dense_rows():
    full = sparse.csr_array(np.random.default_rng(0).normal(size=(50, 300)))
    assert np.array_equal(model().decision(full), model().decision(full.toarray()))


def test_which_rows_stay_sparse():
    float64 = np.dtype("float64")
    assert thin_rows(X, None, NETWORK, float64) is not None
    assert thin_rows(X, SCALINGS[1], NETWORK, float64) is not None
    assert thin_rows(X, SCALINGS[2], NETWORK, float64) is None
    assert thin_rows(sparse.csr_array(np.ones((2, 300))), None, NETWORK, float64) is None


def test_more_rows_than_a_block():
    rows = check_sparse(X, "float64", 300)
    weights = model().weights
    found = predict_sparse(NETWORK, weights, rows, 0)
    assert found.shape == (600, 3)
    alone = predict_sparse(NETWORK, weights, rows[np.array([599])], 0)
    assert np.array_equal(found[599:], alone)


def test_blocks_are_whole_rows_in_order():
    found = predict_in_blocks(X, lambda block: block[:, :2])
    assert np.array_equal(found, X.toarray()[:, :2])


def test_other_columns_are_refused():
    with pytest.raises(DataError, match="X has 299 columns; the network takes 300"):
        model().predict(X[:, :299])
