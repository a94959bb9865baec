"""MATLAB files of versions 5 and 7.3: the same arrays, or a refusal."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.io
import scipy.sparse

from fastavg import DataError
from fastavg.data.readers.mat import read_mat
from fastavg.data.readers.suffixes import Request

X = np.arange(24.0).reshape(6, 4)
Y = np.array([1, 0, 1, 0, 1, 0])


def test_version_5(tmp_path):
    path = tmp_path / "d.mat"
    scipy.io.savemat(path, {"X": X, "y": Y[:, None], "other": np.zeros(6)})
    table = read_mat(path, Request())
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == Y.tolist()
    assert read_mat(path, Request("other")).y.tolist() == [0] * 6
    with pytest.raises(DataError, match="holds no z; it holds X, other, y"):
        read_mat(path, Request("z"))


def test_version_7_3_is_hdf5_with_columns_first(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "d.mat", "w", userblock_size=512) as file:
        file["X"], file["y"] = X.T, Y[None, :].astype(float)
    with (tmp_path / "d.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(512))
    table = read_mat(tmp_path / "d.mat", Request())
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == Y.tolist()
    assert table.y.dtype == np.int64


def test_a_sparse_matrix_becomes_dense_and_fractions_stay_fractions(tmp_path):
    scipy.io.savemat(tmp_path / "d.mat", {"X": scipy.sparse.csc_matrix(X), "y": Y + 0.5})
    table = read_mat(tmp_path / "d.mat", Request())
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == (Y + 0.5).tolist()


@pytest.mark.parametrize(("content", "said"), [
    ({"y": Y}, "holds no X; it holds y"), ({"X": np.zeros((2, 2, 2))}, "a matrix of numbers"),
    ({"X": np.array(["a", "b"])}, "a matrix of numbers is needed"),
    ({"X": X, "y": Y[:4]}, "X has 6 rows and y 4"),
])
def test_what_is_no_table(tmp_path, content, said):
    scipy.io.savemat(tmp_path / "d.mat", content)
    with pytest.raises(DataError, match=said):
        read_mat(tmp_path / "d.mat", Request())


def test_damage(tmp_path):
    path = tmp_path / "d.mat"
    scipy.io.savemat(path, {"X": X, "y": Y})
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(DataError, match=r"d\.mat is damaged, or no \.mat file at all"):
        read_mat(path, Request())
