"""Sparse rows: checked, selected, and in the form that is best for them."""

import numpy as np
import pytest
from scipy import sparse

from fastavg import DataError
from fastavg.data.sparse_rows import SparseRows, as_features, check_sparse, is_sparse, is_thin

X = sparse.csr_array(
    (np.array([1.0, 2, 3, 4]), np.array([7, 2, 19, 2], np.int32), np.array([0, 2, 2, 4], np.int32)),
    shape=(3, 20),
)


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_format_becomes_the_same_rows(form, dtype):
    rows = check_sparse(X.asformat(form), dtype, 20)
    assert (rows.shape, rows.dtype, len(rows)) == ((3, 20), np.dtype(dtype), 3)
    assert np.array_equal(rows.toarray(), X.toarray())
    assert rows.lengths.tolist() == [2, 0, 2]


def test_csr_of_the_same_dtype_is_not_copied():
    rows = check_sparse(X, "float64", 20)
    assert np.shares_memory(rows.values, X.data)
    assert np.shares_memory(rows.features, X.indices)


def test_selections_share_the_entries():
    rows = check_sparse(X, "float32", 20)
    for chosen in (np.array([2, 0, 2]), slice(1, 3), slice(None, None, 2)):
        some = rows[chosen]
        assert np.array_equal(some.toarray(), X.toarray()[chosen])
        assert some.values is rows.values
        assert some.spans.flags.c_contiguous


def test_an_entry_that_is_there_twice_counts_twice():
    twice = sparse.csr_array((np.array([1.0, 2]), np.array([5, 5]), np.array([0, 2])), (1, 30))
    assert check_sparse(twice, "float64", 30).toarray()[0, 5] == 3


def test_the_spans_travel_as_numbers_of_the_dtype():
    for dtype, width in (("float32", 4), ("float64", 2)):
        rows = check_sparse(X, dtype, 20)
        numbers = rows.as_numbers()
        assert (numbers.shape, numbers.dtype) == ((3, width), np.dtype(dtype))
        assert np.array_equal(numbers.copy().view(np.int64), rows.spans)


def test_the_most_entries_of_a_few_rows():
    rows = SparseRows(
        np.ones(10), np.zeros(10, np.int32), np.array([[0, 1], [1, 6], [6, 6], [6, 10]]), 4
    )
    assert [rows.most_entries(n) for n in (1, 2, 3, 4, 9)] == [5, 9, 10, 10, 10]


def test_scaled_rows_have_their_own_values():
    rows = check_sparse(X, "float64", 20)
    factor = np.linspace(0, 1, 20)
    scaled = rows.scaled(factor, "float32")
    assert scaled.dtype == np.float32
    np.testing.assert_allclose(scaled.toarray(), X.toarray() * factor, rtol=1e-6)


def test_thin_rows_stay_sparse_and_others_become_dense():
    full = sparse.csr_array(np.ones((2, 20)))
    assert is_sparse(X)
    assert not is_sparse(X.toarray())
    assert is_thin(X)
    assert not is_thin(full)
    assert isinstance(as_features(X, "float32", 20), SparseRows)
    for given in (full, full.toarray()):
        assert np.array_equal(as_features(given, "float32", 20), np.ones((2, 20)))
    rows = check_sparse(X, "float32", 20)
    assert as_features(rows, "float32", 20) is rows
    assert as_features(rows, "float64", 20).dtype == np.float64


def changed(data=None, indices=None, dtype="f8", shape=(3, 20)):
    made = sparse.csr_array(
        (X.data.astype(dtype), X.indices.copy(), X.indptr.copy()), shape=shape
    )
    if data is not None:
        made.data[3] = data
    if indices is not None:
        made.indices[3] = indices
    return made


@pytest.mark.parametrize(("given", "words"), [
    (changed(np.nan), "X holds nan in row 2, column 2; every value must be a finite number"),
    (changed(1e300), r"X holds 1e\+300 in row 2, column 2; .* finite number of float32"),
    (changed(shape=(3, 21)), "X has 21 columns; the network takes 20"),
    (changed(indices=20), "X is no valid sparse matrix"),
    (changed(dtype="c16"), "X holds complex128 values"),
    (sparse.csr_array((0, 20)), r"X has shape \(0, 20\)"),
    (sparse.coo_array(np.ones(20)), r"X has shape \(20,\)"),
])
def test_what_cannot_be_used_is_named(given, words):
    with pytest.raises(DataError, match=words):
        check_sparse(given, "float32", 20)
