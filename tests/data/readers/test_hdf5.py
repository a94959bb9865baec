"""HDF5 files: two arrays, or a vector for each column."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.frame import Frame
from fastavg.data.readers.hdf5 import is_hdf5, read_datasets, read_hdf5
from fastavg.data.readers.suffixes import Request

h5py = pytest.importorskip("h5py")
X = np.arange(24.0).reshape(6, 4)
Y = np.array([1, 0, 1, 0, 1, 0])


def write(path, **arrays):
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def test_arrays(tmp_path):
    path = write(tmp_path / "d.h5", X=X, y=Y, price=Y * 0.5)
    table = read_hdf5(path, Request())
    np.testing.assert_array_equal(table.X, X)
    assert table.y.tolist() == Y.tolist()
    assert read_hdf5(path, Request("price")).y.tolist() == (Y * 0.5).tolist()
    with pytest.raises(ConfigError, match="no dataset 'z'; it holds"):
        read_hdf5(path, Request("z"))


def test_columns(tmp_path):
    towns = np.array(["Ulm", "Köln"], h5py.string_dtype())
    frame = read_hdf5(write(tmp_path / "c.h5", age=[31, 45], town=towns), Request())
    assert isinstance(frame, Frame)
    assert frame.numbers("age").tolist() == [31, 45]
    assert frame.categories("town").levels == ["Ulm", "Köln"]


def test_groups_are_no_datasets(tmp_path):
    path = write(tmp_path / "d.h5", X=X)
    with h5py.File(path, "a") as file:
        file.create_group("inner")["more"] = np.zeros(3)
    assert list(read_datasets(path)) == ["X"]
    assert read_hdf5(path, Request()).y is None


@pytest.mark.parametrize(("arrays", "said"), [
    ({"X": X, "y": Y[:4]}, "X has 6 rows and y 4"), ({"X": Y}, "a matrix of numbers is needed"),
    ({"a": [1, 2], "b": [1, 2, 3]}, "one vector for each column"), ({}, "holds nothing"),
])
def test_what_is_no_table(tmp_path, arrays, said):
    path = write(tmp_path / "d.h5", **arrays)
    with pytest.raises(DataError, match=said):
        read_hdf5(path, Request())


def test_the_content_tells_an_hdf5_file(tmp_path):
    assert is_hdf5(write(tmp_path / "d.bin", X=X))
    (tmp_path / "n.h5").write_text("nothing of the kind")
    assert not is_hdf5(tmp_path / "n.h5")
    with pytest.raises(DataError, match="no HDF5 file"):
        read_hdf5(tmp_path / "n.h5", Request())
