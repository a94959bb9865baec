"""NumPy archives: right ones are read exactly, hostile and broken ones refused."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest

from fastavg import ConfigError, DataError
from fastavg.data.readers.by_suffix import read_table


def test_npz_keeps_types_and_layout(tmp_path):
    X = np.asfortranarray(np.arange(12, dtype=np.uint8).reshape(4, 3))
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "d.npz", X=X, y=np.array(["a", "b", "c", "d"]), other=np.zeros(3))
        table = read_table(tmp_path / "d.npz")
        assert table.X.dtype == np.uint8
        np.testing.assert_array_equal(table.X, X)
        assert table.y.tolist() == ["a", "b", "c", "d"]


def archive(path, **members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)


def npy(array, shape=None):
    """The bytes of a .npy file whose header claims a shape."""
    file = io.BytesIO()
    header = {"descr": np.lib.format.dtype_to_descr(array.dtype), "fortran_order": False,
              "shape": array.shape if shape is None else shape}
    np.lib.format.write_array_header_1_0(file, header)
    return file.getvalue() + array.tobytes()


@pytest.mark.parametrize("shape", [(10**12, 3), (3, 3), (1,), (2**40, 2**40), (0, 3)])
def test_a_header_that_lies_about_the_size(tmp_path, shape):
    archive(tmp_path / "d.npz", X=npy(np.zeros((2, 3)), shape), y=npy(np.zeros(2)))
    with pytest.raises(DataError, match="not as long as its header says"):
        read_table(tmp_path / "d.npz")


def test_a_pickle_is_never_opened(tmp_path):
    class Trap:
        def __reduce__(self):
            return (open, (str(tmp_path / "sprung"), "w"))

    trap = np.empty((1, 1), object)
    trap[0, 0] = Trap()
    np.savez(tmp_path / "d.npz", X=trap, y=np.zeros(1))
    with pytest.raises(DataError, match="X holds object values"):
        read_table(tmp_path / "d.npz")
    assert not (tmp_path / "sprung").exists()


def test_a_bomb_is_refused_by_its_size(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "d.npz", X=np.zeros((1000, 100)), y=np.zeros(1000))
    assert read_table(tmp_path / "d.npz").X.shape == (1000, 100)
    # A real one would take more disk than a test may.
    monkeypatch.setattr("fastavg.data.readers.npz.usable_memory", lambda: 100_000)
    with pytest.raises(DataError, match="more than the memory"):
        read_table(tmp_path / "d.npz")


def test_every_truncation_is_refused(tmp_path):
    path = tmp_path / "d.npz"
    np.savez_compressed(path, X=np.arange(12.0).reshape(4, 3), y=np.zeros(4))
    whole = path.read_bytes()
    for size in range(0, len(whole), 7):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError):
            read_table(path)


def test_a_flipped_data_byte_is_refused(tmp_path):
    path = tmp_path / "d.npz"
    np.savez(path, X=np.arange(12.0).reshape(4, 3), y=np.zeros(4))
    whole = path.read_bytes()
    at = whole.index(np.arange(12.0).tobytes()) + 20
    path.write_bytes(whole[:at] + bytes([whole[at] ^ 4]) + whole[at + 1 :])
    with pytest.raises(DataError, match="damaged"):
        read_table(path)


def test_another_array_is_the_target(tmp_path):
    y = np.array([1, 0, 1])
    np.savez(tmp_path / "d.npz", X=np.eye(3), y=y, price=y * 2.5)
    assert read_table(tmp_path / "d.npz", "price").y.tolist() == [2.5, 0, 2.5]
    with pytest.raises(ConfigError, match="no array 'cost'; it holds X, y, price"):
        read_table(tmp_path / "d.npz", "cost")


def test_an_archive_without_features(tmp_path):
    np.savez(tmp_path / "d.npz", features=np.eye(3))
    with pytest.raises(DataError, match="holds features; it must hold the arrays X and y"):
        read_table(tmp_path / "d.npz")
