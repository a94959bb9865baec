"""The fork server is started early only where it will be used."""

from __future__ import annotations

import pytest
from fastavg_cli.process.early_start import start_early

from fastavg.kernels.warm_up import warm_up
from tests.conftest import children

pytestmark = [pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server]


@pytest.fixture(autouse=True)
def two_cpus(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda pid: {0, 1})
    warm_up("float32")


@pytest.mark.parametrize("arguments", [
    [], ["--workers", "8"], ["rows.csv", "--workers=3", "--processes=2"], ["--dtype", "float32"],
])
def test_several_processes_are_promised(arguments):
    start_early(arguments)
    assert len(children()) == 1


@pytest.mark.parametrize("arguments", [
    ["--processes", "1"], ["--workers=1"], ["--help"], ["--config", "a.toml"],
    ["--set=dtype=float64"], ["--algorithm", "lbfgs"], ["--dtype", "float16"],
])
def test_one_process_or_nobody_knows(arguments):
    start_early(arguments)
    assert children() == []


def test_a_rank_does_not_know_its_part_of_the_processors(monkeypatch):
    monkeypatch.setenv("PMI_RANK", "0")
    monkeypatch.setenv("PMI_SIZE", "2")
    start_early(["--workers", "8"])
    assert children() == []
