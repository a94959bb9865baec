"""The documentation's communicator keeps every promise and is found by its name."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import threading

import pytest

from tests.communicators.conformance import PROMISES, closing_twice_is_harmless
from tests.communicators.mpiexec import PYTHON, ROOT
from tests.promises.test_ranks import alone, command, digest

PAGE = ROOT / "docs" / "how-to" / "communicator.md"


@pytest.fixture
def source(tmp_path):
    """The page's module, installed in a folder with its entry point."""
    page = PAGE.read_text()
    (code,) = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    (entry,) = re.findall(r"^folder = \"(.*)\"$", page, re.MULTILINE)
    site = tmp_path / "site"
    information = site / "foldercommunicator-1.dist-info"
    information.mkdir(parents=True)
    (site / "foldercommunicator.py").write_text(code)
    (information / "METADATA").write_text("Name: foldercommunicator\nVersion: 1\n")
    (information / "entry_points.txt").write_text(f"[fastavg.communicators]\nfolder = {entry}\n")
    return site


@pytest.mark.parametrize("promise", [*PROMISES, closing_twice_is_harmless])
def test_promise(promise, source, tmp_path):
    found = importlib.util.spec_from_file_location("folder", source / "foldercommunicator.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    meeting, errors = tmp_path / "meeting", []
    meeting.mkdir()

    def one(rank):
        try:
            promise(module.FolderCommunicator(meeting, rank, 3))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=(rank,), daemon=True) for rank in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert errors == []


def test_command_finds_it_by_name(source, tmp_path):
    options = ("--workers", "3", "--communicator", "folder")
    ranks = [
        subprocess.Popen(
            command(*options), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(source), "RANKS_FOLDER": str(tmp_path),
                 "RANK": str(rank), "RANKS": "2"},
        )
        for rank in range(2)
    ]
    try:
        (out, err), (silence, other) = [rank.communicate(timeout=100) for rank in ranks]
    finally:
        for rank in ranks:
            rank.kill()
    assert (err, silence, other) == ("", "", "")
    assert digest(out) == alone("--workers", "3")


def test_names_are_listed_when_none_fits(source):
    program = "from fastavg.communicators import connect; connect('nobody')"
    done = subprocess.run(
        [PYTHON, "-c", program], text=True, capture_output=True, timeout=60, check=False,
        env={**os.environ, "PYTHONPATH": str(source)},
    )
    assert "choose auto, folder, local, mpi, tcp" in done.stderr
