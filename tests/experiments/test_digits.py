from __future__ import annotations

import numpy as np
import pytest
import scipy.io

from fastavg.errors import DataError
from fastavg.experiments.digits import read_digits

RANDOM = np.random.default_rng(0)
X = RANDOM.random((40, 6)).round(6)
Y = np.arange(40) % 10


def write_text(folder, X=X, y=Y):
    np.savetxt(folder / "digitInput.txt", X, "%.6f")
    # Columns stand for the digits 1 to 9 and then 0.
    np.savetxt(folder / "digitOutput.txt", np.eye(10)[(y - 1) % 10], "%.6f")


def test_the_embedded_digits():
    digits = read_digits()
    assert digits.X.shape == (5000, 400)
    assert np.bincount(digits.y).tolist() == [500] * 10


def test_all_forms_hold_the_same_digits(tmp_path):
    write_text(tmp_path)
    mat = tmp_path / "ex4data1.mat"
    scipy.io.savemat(mat, {"X": X, "y": np.where(Y == 0, 10, Y)[:, None].astype(np.uint8)})
    found = [read_digits(path) for path in (tmp_path, tmp_path / "digitInput.txt", mat)]
    for digits in found:
        np.testing.assert_array_equal(digits.X, X)
        np.testing.assert_array_equal(digits.y, Y)
    assert len({digits.digest() for digits in found}) == 1


def test_what_is_missing_is_named(tmp_path):
    with pytest.raises(DataError, match=r"digitInput\.txt: there is no such file"):
        read_digits(tmp_path)
    write_text(tmp_path)
    (tmp_path / "digitOutput.txt").unlink()
    with pytest.raises(DataError, match=r"digitOutput\.txt, is not beside it"):
        read_digits(tmp_path)


def test_other_content_is_refused(tmp_path):
    (tmp_path / "other.mat").write_bytes(b"not a mat file")
    with pytest.raises(DataError, match=r"other\.mat: it is not a \.mat file"):
        read_digits(tmp_path / "other.mat")
    scipy.io.savemat(tmp_path / "less.mat", {"X": X})
    with pytest.raises(DataError, match=r"less\.mat: it holds no 'y'"):
        read_digits(tmp_path / "less.mat")
    write_text(tmp_path, y=np.where(Y == 3, 4, Y))
    with pytest.raises(DataError, match=r"the digits are \[0, 1, 2, 4, 5"):
        read_digits(tmp_path)
    write_text(tmp_path)
    (tmp_path / "digitInput.txt").write_text("0.5 x\n" * 40)
    with pytest.raises(DataError, match="something else than numbers"):
        read_digits(tmp_path)
