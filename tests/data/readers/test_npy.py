"""NumPy files: mapped where they are, refused when their header does not fit."""

from __future__ import annotations

import io

import numpy as np
import pytest

from fastavg import DataError
from fastavg.data.readers.npy import Form, check_lengths, map_array, read_form, read_npy
from fastavg.data.readers.suffixes import Request

X = np.arange(12.0).reshape(4, 3)


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["f4", "u1", ">i4"])
def test_the_same_numbers_in_the_order_of_the_file(tmp_path, order, dtype):
    np.save(tmp_path / "X.npy", np.asarray(X, dtype, order=order))
    table = read_npy(tmp_path / "X.npy", Request())
    assert table.X.dtype == dtype
    assert table.X.flags[f"{order}_CONTIGUOUS"]
    np.testing.assert_array_equal(table.X, X)
    assert table.y is None


def test_what_the_file_holds_shows_and_what_is_written_does_not_reach_it(tmp_path):
    path = tmp_path / "X.npy"
    np.save(path, X)
    mapped = read_npy(path, Request()).X
    with path.open("r+b") as file:
        file.seek(-8, 2)
        file.write(np.float64(0.25).tobytes())
    assert mapped[-1, -1] == 0.25
    before = path.read_bytes()
    mapped[:] = 7
    assert path.read_bytes() == before


def test_a_target(tmp_path):
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", np.array(["a", "b", "a", "b"]))
    request = Request(str(tmp_path / "y.npy"))
    assert read_npy(tmp_path / "X.npy", request).y.tolist() == ["a", "b", "a", "b"]
    np.save(tmp_path / "y.npy", np.zeros(3))
    with pytest.raises(DataError, match="X has 4 rows and y 3"):
        read_npy(tmp_path / "X.npy", request)
    with pytest.raises(DataError, match=r"must be a \.npy file too"):
        read_npy(tmp_path / "X.npy", Request("label"))


@pytest.mark.parametrize("change", [-1, 1, -100])
def test_a_file_of_another_length(tmp_path, change):
    path = tmp_path / "X.npy"
    np.save(path, X)
    whole = path.read_bytes()
    path.write_bytes(whole[:change] if change < 0 else whole + b"0" * change)
    with pytest.raises(DataError, match=r"X\.npy"):
        read_npy(path, Request())


def test_a_pickle_is_never_opened(tmp_path):
    np.save(tmp_path / "X.npy", np.array([[{}]], object), allow_pickle=True)
    with pytest.raises(DataError, match="X holds object values"):
        read_npy(tmp_path / "X.npy", Request())


def test_a_header_says_where_the_numbers_begin(tmp_path):
    file = io.BytesIO()
    np.save(file, X)
    size = file.tell()
    file.seek(0)
    form = read_form(file, size, "X", tmp_path)
    assert form == Form((4, 3), False, np.dtype("f8"), size - X.nbytes)
    assert form.size == 12
    assert Form((), False, np.dtype("f8"), 0).size == 1


def test_numbers_that_begin_in_the_middle_of_a_number_are_read(tmp_path):
    (tmp_path / "d").write_bytes(b"123" + X.tobytes())
    array = map_array(tmp_path / "d", Form((4, 3), False, np.dtype("f8"), 3))
    assert array.flags.aligned
    np.testing.assert_array_equal(array, X)
    turned = map_array(tmp_path / "d", Form((3, 4), True, np.dtype("f8"), 3))
    np.testing.assert_array_equal(turned, X.T)
    assert map_array(tmp_path / "d", Form((0, 4), False, np.dtype("f8"), 3)).shape == (0, 4)


def test_lengths():
    check_lengths(X, np.zeros((4, 2)), "here")
    with pytest.raises(DataError, match="here: X has 4 rows and y 1; each row needs one target"):
        check_lengths(X, np.float64(3), "here")
