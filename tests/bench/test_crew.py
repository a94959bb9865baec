"""Processes of libraries: they answer, they are gone afterwards, the absent say why."""

from __future__ import annotations

import psutil
import pytest

from bench.crew import Crew, Missing, environment
from bench.roster import OURS, Member
from bench.works import WORKS


@pytest.fixture
def crew():
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    with Crew() as made:
        yield made
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before


@pytest.mark.timeout(100)
def test_libraries_do_the_same_work(crew: Crew) -> None:
    work = WORKS["b"].tiny()
    losses = [crew.prepare(name, work) for name in (OURS, "scikit-learn")]
    assert losses[0] == pytest.approx(losses[1], rel=0.5)
    seconds, loss = crew.turn(OURS, epochs=3)
    assert seconds > 0
    assert loss < losses[0]
    assert {"fastavg", "scikit-learn"} <= crew.versions.keys()


def test_an_absent_library_says_so(crew: Crew) -> None:
    for _ in range(2):
        with pytest.raises(Missing, match="is not installed"):
            crew.prepare(Member("absent"), WORKS["b"])


@pytest.mark.timeout(100)
def test_work_that_a_library_cannot_do_is_refused_and_the_next_is_done(crew: Crew) -> None:
    with pytest.raises(Missing, match="ValueError"):
        crew.prepare(Member("ours", "one/two"), WORKS["b"].tiny())
    assert crew.prepare(Member("ours", "1/1"), WORKS["b"].tiny()) > 0


def test_environment_limits_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    alone = environment(Member("ours", "1/1"))
    assert alone["OMP_NUM_THREADS"] == "1"
    assert "OPENBLAS_CORETYPE" not in alone
    assert environment(Member("ours", inherits=True))["OPENBLAS_CORETYPE"] == "Haswell"
