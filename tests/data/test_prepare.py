"""The rows of a run: read, checked, split and scaled."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import issparse, random_array

from fastavg import ConfigError, DataError
from fastavg.communicators import LocalCommunicator
from fastavg.data.prepare import (
    dense_features,
    held_out_digits,
    open_table,
    open_table_on,
    prepare,
    read_frame,
    with_target,
)
from fastavg.data.sparse_rows import SparseRows
from fastavg.data.table import Table
from fastavg.datasets import load_digits5k

ALONE = LocalCommunicator()
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(5, 3, (100, 2))
CLASSES = np.repeat(["a", "b"], [70, 30])


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,word,y\n1,x,0\n2,y,1\n")
    return path


def test_the_digits_are_there_without_a_file():
    made = open_table(None, None)
    np.testing.assert_array_equal(made.X, load_digits5k()[0])
    assert len(held_out_digits().y) == round(0.3 * len(made.y))


def test_only_the_named_columns_need_be_numbers(csv):
    with pytest.raises(DataError, match="column 'word' holds 'x'"):
        open_table(csv, "y")
    made = open_table(csv, "y", ("a",))
    assert (made.X.tolist(), made.y.tolist(), made.feature_names) == ([[1], [2]], [0, 1], ("a",))


@pytest.mark.parametrize("data_from", ["each", "root"])
def test_one_rank_has_the_table_either_way(csv, data_from):
    csv.write_text("a,y\n1,0\n2,1\n")
    assert open_table_on(ALONE, csv, "y", data_from).X.tolist() == [[1], [2]]


def test_where_data_comes_from():
    with pytest.raises(ConfigError, match="data-from 'all' is unknown; choose each, root"):
        open_table_on(ALONE, None, None, "all")


def test_frames_of_models(csv, tmp_path):
    assert set(read_frame(csv, ("a", "word")).names) >= {"a", "word"}
    with pytest.raises(DataError, match="a file with the columns of the model's table is needed"):
        read_frame(None, ("a",))
    np.savez(tmp_path / "t.npz", X=X)
    with pytest.raises(DataError, match="holds arrays; the model was trained on named columns: a"):
        read_frame(tmp_path / "t.npz", ("a",))


def test_the_target_is_asked_for(tmp_path):
    assert with_target(Table(X, CLASSES), None) is CLASSES
    for names, path, said in (
        (("a", "b"), "t.csv", r"t\.csv has no target; --target names it, one of a, b"),
        (None, "t.npy", r"--target names the \.npy file that holds it"),
        (None, "t.npz", "has no array y; it must hold X and y"),
    ):
        with pytest.raises(DataError, match=said):
            with_target(Table(X, None, names), tmp_path / path)


def test_scaling_is_learnt_from_the_training_rows_alone():
    rows = prepare(Table(X, CLASSES), CLASSES, "auto", "standard", 0.3, "float64")
    assert (rows.target, rows.n_outputs, len(rows.y), len(rows.y_test)) == ("class", 2, 70, 30)
    assert rows.X.mean(axis=0) == pytest.approx(0, abs=1e-12)
    assert rows.X.std(axis=0) == pytest.approx(1)
    # Test rows stay as they came.
    assert set(map(tuple, rows.X_test)) < set(map(tuple, X))
    assert (rows.y_test == "a").sum() == 21


def test_without_test_rows_nothing_is_copied():
    whole = prepare(Table(X, CLASSES), CLASSES, "class", "none", 0, "float64")
    assert np.shares_memory(whole.X, X)
    assert whole.scaling is None


@pytest.mark.parametrize(("y", "kind", "target", "outputs"), [
    (np.arange(100.0) / 7, "auto", "number", 1),
    (RANDOM.normal(size=(100, 3)), "auto", "number", 3),
    (np.arange(100)[:, None] % 4, "auto", "class", 4),
    (np.arange(100) % 4, "number", "number", 1),
    (np.arange(100.0) % 4, "class", "class", 4),
])
def test_kinds(y, kind, target, outputs):
    rows = prepare(Table(X, y), y, kind, "none", 0, "float32")
    assert (rows.target, rows.n_outputs) == (target, outputs)


@pytest.mark.parametrize(("y", "kind", "said"), [
    (CLASSES, "words", "kind 'words' is unknown; choose auto, class, number"),
    (np.ones((100, 2)), "class", r"y has shape \(100, 2\); classes are one label a row"),
    (np.ones(100, int), "auto", "y holds 1 class, 1; a classifier needs 2 or more"),
    (np.where(np.arange(100) == 3, np.nan, 0.5), "auto", "y"),
])
def test_targets_that_cannot_be(y, kind, said):
    with pytest.raises((ConfigError, DataError), match=said):
        prepare(Table(X, y), y, kind, "none", 0, "float32")


def test_zeros_of_a_sparse_file_must_have_room(tmp_path):
    path = tmp_path / "t.svm"
    path.write_text("1 1:0.5 3:2\n0 2:1\n")
    assert open_table(path, None).X.tolist() == [[0.5, 0, 2], [0, 1, 0]]
    path.write_text("1 1:0.5 2000000000:2\n" * 2000)
    table = open_table(path, None)
    assert issparse(table.X)
    with pytest.raises(DataError, match=r"with its zeros, \d+ MB, more than the memory"):
        prepare(table, table.y, "class", "standard", 0, "float32")


@pytest.mark.parametrize("scale", ["none", "auto", "maxabs", "standard", "minmax"])
def test_thin_rows_stay_sparse_where_the_scaling_leaves_zeros_alone(scale):
    thin = random_array((60, 80), density=0.05, random_state=0, format="csr")
    thin.data *= 3
    y = np.arange(60) % 2
    sparse = prepare(Table(thin, y), y, "class", scale, 0.25, "float32")
    dense = prepare(Table(thin.toarray(), y), y, "class", scale, 0.25, "float32")
    assert isinstance(sparse.X, SparseRows) is (scale in ("none", "auto", "maxabs"))
    if scale != "auto":
        for a, b in ((sparse.X, dense.X), (sparse.X_test, dense.X_test)):
            np.testing.assert_allclose(dense_features(a), b, rtol=1e-5, atol=1e-6)
    assert (sparse.scaling is None) is (scale == "none")
    assert np.array_equal(sparse.y_test, dense.y_test)
