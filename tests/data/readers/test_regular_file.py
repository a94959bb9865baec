"""Files that are none, or that somebody writes to while they are read."""

from __future__ import annotations

import os

import pytest

from fastavg import DataError
from fastavg.data.readers.by_suffix import read
from fastavg.data.readers.regular_file import unchanged


def test_a_folder(tmp_path):
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(DataError, match=r"d\.csv is a folder; .*d\.csv/\*\.csv"):
        read(tmp_path / "d.csv")


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="does not exist"):
        read(tmp_path / "d.csv")


def test_a_pipe_and_a_device(tmp_path):
    os.mkfifo(tmp_path / "d.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name in ("d.csv", "zero.csv"):
        with pytest.raises(DataError, match="a device or a pipe"):
            read(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_no_permission(tmp_path):
    (tmp_path / "d.csv").write_text("a\n1\n")
    (tmp_path / "d.csv").chmod(0)
    with pytest.raises(DataError, match="Permission denied"):
        read(tmp_path / "d.csv")


def test_a_path_through_a_file(tmp_path):
    (tmp_path / "f").write_text("")
    with pytest.raises(DataError, match="Not a directory"):
        read(tmp_path / "f" / "d.csv")


@pytest.mark.parametrize("change", ["longer", "newer", "gone"])
def test_a_file_that_changes_while_it_is_read(tmp_path, change):
    path = tmp_path / "d.csv"
    path.write_text("a\n1\n")

    def read_slowly():
        with unchanged(path):
            if change == "longer":
                path.write_text("a\n1\n2\n")
            elif change == "newer":
                os.utime(path, ns=(1, 1))
            else:
                path.unlink()

    with pytest.raises(DataError, match="does not exist" if change == "gone" else "changed while"):
        read_slowly()


def test_an_unknown_kind_lists_the_known_ones(tmp_path):
    (tmp_path / "d.xlsx").write_text("x")
    with pytest.raises(DataError, match=r"no known kind; .*\.csv.*\.parquet"):
        read(tmp_path / "d.xlsx")
