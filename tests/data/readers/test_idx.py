"""IDX files: images and labels of every type, packed or not; damaged ones refused."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.readers.idx import read_idx
from fastavg.data.readers.suffixes import Request

IMAGES = np.arange(24).reshape(6, 2, 2)
LABELS = np.array([1, 0, 1, 0, 1, 0])


def idx(array):
    code = {"u1": 8, "i4": 12, "f4": 13, "f8": 14}[array.dtype.str[1:]]
    head = bytes([0, 0, code, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    return head + array.astype(array.dtype.newbyteorder(">")).tobytes()


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["u1", "i4", "f4", "f8"])
def test_images_find_their_labels(tmp_path, packed, dtype):
    images = IMAGES.astype(dtype)
    for name, array in (("images-idx3", images), ("labels-idx1", LABELS.astype("u1"))):
        data = idx(array)
        path = tmp_path / f"train-{name}-ubyte{'.gz' if packed else ''}"
        path.write_bytes(gzip.compress(data) if packed else data)
    table = read_idx(next(tmp_path.glob("train-images*")), Request())
    assert table.X.dtype == dtype
    np.testing.assert_array_equal(table.X, images.reshape(6, 4))
    np.testing.assert_array_equal(table.y, LABELS)
    assert table.y.dtype == np.int64


def test_labels_of_another_name_are_asked_for(tmp_path):
    (tmp_path / "a.idx").write_bytes(idx(IMAGES.astype("u1")))
    (tmp_path / "b.idx").write_bytes(idx(LABELS.astype("u1")))
    assert read_idx(tmp_path / "a.idx", Request()).y is None
    table = read_idx(tmp_path / "a.idx", Request(str(tmp_path / "b.idx")))
    assert table.y.tolist() == LABELS.tolist()
    (tmp_path / "b.idx").write_bytes(idx(LABELS[:5].astype("u1")))
    with pytest.raises(DataError, match="X has 6 rows and y 5"):
        read_idx(tmp_path / "a.idx", Request(str(tmp_path / "b.idx")))
    with pytest.raises(DataError, match="give the file of the images"):
        read_idx(tmp_path / "b.idx", Request())


@pytest.mark.parametrize(("damage", "said"), [
    ("cut", "is not as long as its header says"), ("longer", "is not as long as its header says"),
    ("magic", "is no IDX file: its first bytes are 01 00 08 03"),
    ("type", "is no IDX file"), ("empty", "is no IDX file"),
])
def test_damage(tmp_path, damage, said):
    data = idx(IMAGES.astype("u1"))
    data = {"cut": data[:-1], "longer": data + b"0", "magic": b"\1" + data[1:],
            "type": data[:2] + b"\7" + data[3:], "empty": b""}[damage]
    (tmp_path / "a-idx3-ubyte").write_bytes(data)
    with pytest.raises(DataError, match=f"a-idx3-ubyte {said}"):
        read_idx(tmp_path / "a-idx3-ubyte", Request())


def test_damaged_packing(tmp_path):
    packed = gzip.compress(idx(IMAGES.astype("u1")))
    (tmp_path / "a.idx.gz").write_bytes(packed[:-9])
    with pytest.raises(DataError, match=r"a\.idx\.gz is damaged"):
        read_idx(tmp_path / "a.idx.gz", Request())
