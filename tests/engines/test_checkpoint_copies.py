"""Copies of the last complete round: found, spread, removed."""

from __future__ import annotations

import pytest

from fastavg import Execution, Network, Plan, train
from fastavg.communicators import LocalCommunicator
from fastavg.engines.checkpoint_copies import copies, folder, own_copy, remove_copies, spread
from fastavg.engines.contract import Report
from tests.communicators.tcp.groups import on_ranks

NONE = Report("worker", "node", 1, "", (), 0)


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def write(path, epochs):
    """A checkpoint after so many rounds."""
    train(
        Network((1, 2)), [[0.0], [1.0]] * 8, [0, 1] * 8, Plan(epochs=epochs),
        execution=Execution(checkpoint=path),
    )


def test_the_newest_that_can_be_read_is_found():
    write(own_copy("fit", 0, 0), 2)
    write(own_copy("fit", 1, 0), 3)
    own_copy("fit", 2, 0).write_bytes(b"half a file")
    assert sorted(rounds for rounds, _ in copies("fit")) == [2, 3]
    assert list(copies("other")) == []


def test_nobody_else_can_read_the_folder():
    own_copy("fit", 0, 0)
    assert folder("fit").stat().st_mode & 0o777 == 0o700


def test_the_newest_is_spread_from_whoever_has_it():
    write(own_copy("fit", 1, 0), 2)
    reports = [NONE, NONE._replace(rounds=2)]

    def rank(communicator):
        path = own_copy("fit", communicator.rank, 1)
        return spread("fit", path, reports, communicator), path.read_bytes()

    written = own_copy("fit", 1, 0).read_bytes()
    assert on_ranks(2, rank) == [(True, written)] * 2


def test_without_a_copy_there_is_nothing_to_spread():
    path = own_copy("fit", 0, 0)
    assert not spread("fit", path, [NONE], LocalCommunicator())
    assert not path.exists()


def test_a_rank_removes_its_own_and_those_of_earlier_attempts():
    for number, attempt in ((0, 0), (1, 0), (0, 1), (1, 1)):
        own_copy("fit", number, attempt).touch()
    remove_copies("fit", 0, 1)
    assert [path.name for path in folder("fit").iterdir()] == ["attempt-1-rank-1.checkpoint"]
    remove_copies("fit", 1, 1)
    assert not folder("fit").exists()
    remove_copies("fit", 1, 1)
