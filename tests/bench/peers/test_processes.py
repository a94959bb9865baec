"""Processes of libraries: they answer, they are gone afterwards, the absent say why."""

from __future__ import annotations

import psutil
import pytest

from bench.participants import OURS, Participant
from bench.peers.processes import Missing, PeerProcesses, environment
from bench.workloads import WORKLOADS


@pytest.fixture
def peers():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with PeerProcesses() as made:
        yield made
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


@pytest.mark.timeout(100)
def test_libraries_do_the_same_work(peers: PeerProcesses) -> None:
    work = WORKLOADS["b"].tiny()
    losses = [peers.prepare(name, work) for name in (OURS, "scikit-learn")]
    assert losses[0] == pytest.approx(losses[1], rel=0.5)
    seconds, loss = peers.turn(OURS, epochs=3)
    assert seconds > 0
    assert loss < losses[0]
    assert {"fastavg", "scikit-learn"} <= peers.versions.keys()


def test_an_absent_library_says_so(peers: PeerProcesses) -> None:
    for _ in range(2):
        with pytest.raises(Missing, match="is not installed"):
            peers.prepare(Participant("absent"), WORKLOADS["b"])


@pytest.mark.timeout(100)
def test_work_that_a_library_cannot_do_is_refused(peers: PeerProcesses) -> None:
    with pytest.raises(Missing, match="ValueError"):
        peers.prepare(Participant("ours", "one/two"), WORKLOADS["b"].tiny())
    assert peers.prepare(Participant("ours", "1/1"), WORKLOADS["b"].tiny()) > 0


def test_environment_limits_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    alone = environment(Participant("ours", "1/1"))
    assert alone["OMP_NUM_THREADS"] == "1"
    assert "OPENBLAS_CORETYPE" not in alone
    assert environment(Participant("ours", inherits=True))["OPENBLAS_CORETYPE"] == "Haswell"
