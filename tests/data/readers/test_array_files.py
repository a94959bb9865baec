"""IDX, MATLAB, HDF5, svmlight and the paper's text files: exact, or refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest
import scipy.io
import scipy.sparse
from sklearn.datasets import dump_svmlight_file

from fastavg import ConfigError, DataError
from fastavg.data.readers.by_suffix import read, read_table

X = np.arange(24.0).reshape(6, 4)
Y = np.array([1, 0, 1, 0, 1, 0])


def idx(array):
    code = {"u1": 8, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    head = bytes([0, 0, code, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8"])
def test_idx_images_find_their_labels(tmp_path, packed, dtype):
    images = np.arange(24).astype(dtype).reshape(6, 2, 2)
    for name, array in (("images-idx3", images), ("labels-idx1", Y.astype("u1"))):
        data = idx(array)
        path = tmp_path / f"train-{name}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(data) if packed else data)
    table = read(next(tmp_path.glob("train-images*")))
    np.testing.assert_array_equal(table.X, images.reshape(6, 4))
    np.testing.assert_array_equal(table.y, Y)


@pytest.mark.parametrize("damage", ["cut", "longer", "magic"])
def test_damaged_idx(tmp_path, damage):
    data = idx(X.astype("u1"))
    data = {"cut": data[:-1], "longer": data + b"0", "magic": b"\1" + data[1:]}[damage]
    (tmp_path / "a-idx2-ubyte").write_bytes(data)
    with pytest.raises(DataError, match="a-idx2-ubyte"):
        read(tmp_path / "a-idx2-ubyte")


def test_matlab_5(tmp_path):
    scipy.io.savemat(tmp_path / "d.mat", {"X": X, "y": Y[:, None], "other": np.zeros(6)})
    table = read(tmp_path / "d.mat")
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == Y.tolist()
    assert read_table(tmp_path / "d.mat", "other").y.tolist() == [0] * 6
    with pytest.raises(DataError, match="holds no z"):
        read_table(tmp_path / "d.mat", "z")


def test_matlab_7_3_is_hdf5_with_columns_first(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "d.mat", "w", userblock_size=512) as file:
        file["X"], file["y"] = X.T, Y[None, :].astype(float)
    with (tmp_path / "d.mat").open("r+b") as file:
        file.write(b"MATLAB 7.3 MAT-file".ljust(512))
    table = read(tmp_path / "d.mat")
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == Y.tolist()


def test_hdf5_of_arrays_and_of_columns(tmp_path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "d.h5", "w") as file:
        file["X"], file["y"] = X, Y
    np.testing.assert_array_equal(read(tmp_path / "d.h5").X, X)
    with h5py.File(tmp_path / "c.h5", "w") as file:
        file["age"], file["town"] = [31, 45], np.array(["Ulm", "Köln"], h5py.string_dtype())
    frame = read(tmp_path / "c.h5")
    assert frame.numbers("age").tolist() == [31, 45]
    assert frame.categories("town").levels == ["Ulm", "Köln"]
    with pytest.raises(ConfigError, match="no dataset 'z'"):
        read_table(tmp_path / "d.h5", "z")
    (tmp_path / "n.h5").write_text("nothing of the kind")
    with pytest.raises(DataError, match="no HDF5 file"):
        read(tmp_path / "n.h5")


def test_svmlight_stays_sparse(tmp_path):
    dump_svmlight_file(X, Y, str(tmp_path / "d.svmlight"), zero_based=False)
    table = read(tmp_path / "d.svmlight")
    assert scipy.sparse.issparse(table.X)
    np.testing.assert_array_equal(table.X.toarray(), X)
    assert table.y.tolist() == Y.tolist()
    (tmp_path / "bad.svmlight").write_text("1 1:0.5\n0 2:x\n")
    with pytest.raises(DataError, match="line 2 holds '2:x'"):
        read(tmp_path / "bad.svmlight")


def test_the_two_text_files_of_the_paper(tmp_path):
    np.savetxt(tmp_path / "digitInput.txt", X)
    digits = np.array([1, 2, 0, 9, 5, 0])
    np.savetxt(tmp_path / "digitOutput.txt", np.eye(10)[(digits - 1) % 10], fmt="%d")
    table = read(tmp_path / "digitInput.txt")
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == digits.tolist()
    (tmp_path / "digitInput.txt").write_text("1 2\n3 x\n")
    with pytest.raises(DataError, match="line 2, column 1 holds 'x'"):
        read(tmp_path / "digitInput.txt")
    (tmp_path / "digitInput.txt").write_text("1 2\n3 4 5\n")
    with pytest.raises(DataError, match="line 2: 3 numbers"):
        read(tmp_path / "digitInput.txt")


def test_another_array_of_an_archive_is_the_target(tmp_path):
    np.savez(tmp_path / "d.npz", X=X, y=Y, price=Y * 2.5)
    assert read_table(tmp_path / "d.npz", "price").y.tolist() == (Y * 2.5).tolist()
    with pytest.raises(ConfigError, match="no array 'cost'; it holds X, y, price"):
        read_table(tmp_path / "d.npz", "cost")
