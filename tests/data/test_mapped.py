"""Files that are mapped: the same numbers, in the file's own memory, refused when broken."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg import DataError, Execution, Network, Plan, train
from fastavg.communicators.agreement import fingerprint
from fastavg.data.readers.by_suffix import read_table


def is_mapped(array):
    while array is not None:
        if isinstance(array, np.memmap):
            return True
        array = getattr(array, "base", None)
    return False


@pytest.fixture(params=["C", "F"])
def pair(request, tmp_path):
    X = np.asarray(np.random.default_rng(0).random((40, 3)), order=request.param)
    y = np.arange(40) % 2
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    np.savez(tmp_path / "both.npz", X=X, y=y)
    return tmp_path, X, y


def test_a_pair_of_npy_files(pair):
    folder, X, y = pair
    table = read_table(folder / "X.npy", str(folder / "y.npy"))
    assert is_mapped(table.X)
    np.testing.assert_array_equal(table.X, X)
    np.testing.assert_array_equal(table.y, y)
    assert read_table(folder / "X.npy").y is None


def test_an_archive_without_compression(pair):
    folder, X, y = pair
    table = read_table(folder / "both.npz")
    # NumPy writes members anywhere; one that begins in the middle of a number is read.
    assert table.X.flags.aligned
    np.testing.assert_array_equal(table.X, X)
    np.testing.assert_array_equal(table.y, y)
    assert fingerprint(table.X, table.y) == fingerprint(X, y)


def test_an_archive_with_compression_is_unpacked(tmp_path):
    np.savez_compressed(tmp_path / "d.npz", X=np.ones((3, 2)), y=np.zeros(3))
    assert not is_mapped(read_table(tmp_path / "d.npz").X)


def test_training_reads_a_mapped_file_of_its_dtype_where_it_is(tmp_path):
    X, y = np.random.default_rng(0).random((64, 3), np.float32), np.arange(64) % 2
    np.save(tmp_path / "X.npy", X)
    mapped = read_table(tmp_path / "X.npy").X
    network, plan = Network((3, 2)), Plan(epochs=2)
    weights = train(network, mapped, y, plan, execution=Execution(1)).weights
    again = train(network, X, y, plan, execution=Execution(1)).weights
    np.testing.assert_array_equal(weights, again)
    # What a file holds shows in the array: nothing was copied.
    with (tmp_path / "X.npy").open("r+b") as file:
        file.seek(-4, 2)
        file.write(np.float32(0.25).tobytes())
    assert mapped[-1, -1] == np.float32(0.25)


@pytest.mark.parametrize("cut", [0, 5, 60, 200])
def test_a_file_that_is_cut_short(pair, cut):
    folder, _, _ = pair
    whole = (folder / "X.npy").read_bytes()
    (folder / "X.npy").write_bytes(whole[:cut])
    with pytest.raises(DataError, match=r"X\.npy"):
        read_table(folder / "X.npy")


@pytest.mark.parametrize(("target", "words"), [
    ("label", "must be a .npy file too"), ("none.npy", r"none\.npy cannot be read"),
])
def test_a_target_that_is_no_file(pair, target, words):
    folder, _, _ = pair
    with pytest.raises(DataError, match=words):
        read_table(folder / "X.npy", str(folder / target))
