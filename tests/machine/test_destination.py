"""The rule for destinations; tests/promises/test_outputs.py has every command that follows it."""

from __future__ import annotations

import os

import pytest

from fastavg.errors import ConfigError
from fastavg.machine.destination import check_file, check_folder, is_same_file, write_result


def test_a_folder_that_takes_the_files_place_meanwhile(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.bin").mkdir()
    with pytest.raises(ConfigError, match=r"Is a directory; it is in .*m-\w{6}\.bin instead"):
        write_result(lambda path: path.write_bytes(b"work"), tmp_path / "m.bin", "model")
    (kept,) = set(os.listdir(tmp_path)) - {"m.bin"}
    assert (tmp_path / kept).read_bytes() == b"work"


def test_checks_leave_nothing(tmp_path):
    check_file(tmp_path / "m", "model", size=1 << 20)
    check_folder(tmp_path / "a" / "b", "report")
    assert os.listdir(tmp_path) == []
    with pytest.raises(ConfigError, match=r"No space left on device|File too large"):
        check_file(tmp_path / "m", "model", size=1 << 62)
    assert os.listdir(tmp_path) == []


def test_files_that_do_not_exist_yet_are_compared_by_their_place(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path)
    assert is_same_file(tmp_path / "a", tmp_path / "link" / "a")
    assert not is_same_file(tmp_path / "a", tmp_path / "b")


