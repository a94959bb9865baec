"""Parts of .npy files: only the rows that are asked for are read."""

from __future__ import annotations

import numpy as np
import pytest

from fastavg.data.parts.npy_parts import open_npy
from fastavg.errors import ConfigError, DataError
from tests.data.parts.sources import rows


@pytest.fixture
def files(tmp_path):
    X, y = rows()
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", y)
    return tmp_path / "X.npy", tmp_path / "y.npy"


def test_a_number_that_is_not_finite_is_named_by_file_and_row(files):
    X, _ = rows()
    X[60, 2] = np.inf
    np.save(files[0], X)
    parts = open_npy(files[0], str(files[1]), 4)
    parts.read(0, 0, 5)
    with pytest.raises(DataError, match=r"X.npy: X holds inf in row 60, column 2"):
        parts.read(2, 0, 20)


def test_what_does_not_fit_is_refused(files, tmp_path):
    X, y = files
    with pytest.raises(DataError, match=r"has no target; --target names the .npy file"):
        open_npy(X, None, 2)
    with pytest.raises(DataError, match=r"must be \(rows, columns\)"):
        open_npy(y, str(y), 2)
    np.save(tmp_path / "short.npy", np.ones(3))
    with pytest.raises(DataError, match="X has 103 rows and y"):
        open_npy(X, str(tmp_path / "short.npy"), 2)
    with pytest.raises(DataError, match=r"no.npy cannot be read: No such file"):
        open_npy(tmp_path / "no.npy", str(y), 2)
    with pytest.raises(ConfigError, match="200 workers cannot share 103 training rows"):
        open_npy(X, str(y), 200)
    X.write_bytes(X.read_bytes()[:-4])
    with pytest.raises(DataError, match="not as long as its header says"):
        open_npy(X, str(y), 2)


def test_a_file_that_has_shrunk_since_is_named(files):
    parts = open_npy(files[0], str(files[1]), 2)
    files[0].write_bytes(files[0].read_bytes()[:1000])
    with pytest.raises(DataError, match=r"X.npy is shorter than it was when training began"):
        parts.read(1, 0, 40)
