"""Atomic files: whole or not there, and owned by one run at a time."""

from __future__ import annotations

import os
import stat
import subprocess
import sys

import pytest

from fastavg.errors import ConfigError
from fastavg.machine import atomic_file, failpoints
from fastavg.machine.atomic_file import OwnedFile, write_atomically, writing

pytestmark = pytest.mark.usefixtures("nothing_left")


class Struck(Exception):
    """Raised at a failpoint."""


def strike_at(place):
    def listen(name, round, worker):
        if name == place:
            raise Struck

    return listen


@pytest.mark.parametrize("data", [b"", b"a", os.urandom(1 << 20)])
def test_a_file_is_written_and_replaced(tmp_path, data):
    path = tmp_path / "file"
    write_atomically(path, data)
    assert path.read_bytes() == data
    write_atomically(str(path), data + b"more")
    assert path.read_bytes() == data + b"more"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize("named", [False, True], ids=["unnamed", "named"])
@pytest.mark.parametrize("place", ["file-open", "file-half", "file-synced", "file-named"])
def test_an_error_leaves_the_old_content_and_no_other_file(tmp_path, place, named, monkeypatch):
    if named:
        # What systems without files that have no name do.
        monkeypatch.delattr(os, "O_TMPFILE")
        if place == "file-named":
            return
    path = tmp_path / "file"
    write_atomically(path, b"old")
    monkeypatch.setattr(failpoints, "listener", strike_at(place))
    with pytest.raises(Struck):
        write_atomically(path, b"new" * 1000)
    monkeypatch.setattr(failpoints, "listener", None)
    assert path.read_bytes() == b"old"
    assert not writing()
    write_atomically(path, b"newer")
    assert path.read_bytes() == b"newer"
    assert os.listdir(tmp_path) == ["file"]


def test_permissions_follow_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "file", b"a")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


def test_a_missing_folder_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "file", b"a")
    assert os.listdir(tmp_path) == []


def test_writing_is_true_only_meanwhile(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(failpoints, "listener", lambda *given: seen.append(writing()))
    write_atomically(tmp_path / "file", b"a")
    # The last failpoint comes after the content is on the disk.
    assert seen[0] is True
    assert not writing()


def test_an_owned_file_is_refused_to_others_until_it_is_closed(tmp_path):
    path = tmp_path / "run"
    first = OwnedFile(path)
    first.write(b"one")
    first.write(b"two")
    assert path.read_bytes() == b"two"
    with pytest.raises(ConfigError, match="belongs to another run that is going on"):
        OwnedFile(path)
    first.close()
    first.close()
    second = OwnedFile(path)
    second.write(b"three")
    second.close()
    assert path.read_bytes() == b"three"
    assert os.listdir(tmp_path) == ["run"]


def test_of_two_that_make_the_file_the_second_is_refused(tmp_path):
    path = tmp_path / "run"
    first, second = OwnedFile(path), OwnedFile(path)
    first.write(b"one")
    with pytest.raises(ConfigError, match="belongs to another run"):
        second.write(b"two")
    assert path.read_bytes() == b"one"
    first.close()


def test_the_lock_ends_with_the_process(tmp_path):
    path = tmp_path / "run"
    program = (
        "import os, sys; from fastavg.machine.atomic_file import OwnedFile\n"
        "file = OwnedFile(sys.argv[1]); file.write(b'one'); print('ready', flush=True)\n"
        "sys.stdin.read()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(ConfigError):
            OwnedFile(path)
        process.kill()
        process.wait(30)
        OwnedFile(path).close()
    finally:
        process.kill()
        process.communicate(timeout=30)


def test_a_file_system_without_unnamed_files_gives_the_same(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "O_TMPFILE")
    path = tmp_path / "run"
    owned = OwnedFile(path)
    owned.write(b"one")
    owned.write(b"two")
    owned.close()
    assert path.read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["run"]
    assert atomic_file.writing() is False
