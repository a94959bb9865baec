"""How many processes a rank starts."""

from __future__ import annotations

import pytest

from fastavg.communicators import LocalCommunicator
from fastavg.errors import ConfigError
from fastavg.machine.resources import most_processes, usable_cpus
from fastavg.plan.placement import cpus_of_all, processes_here, shares_workers
from fastavg.plan.plan import Plan
from tests.communicators.ranks import on_ranks


def test_one_rank_has_a_process_for_each_worker_and_usable_cpu():
    for workers in (1, 2, 1000):
        expected = max(1, min(workers, usable_cpus(), most_processes()))
        assert processes_here(None, workers, LocalCommunicator()) == expected


@pytest.mark.parametrize("asked", [1, 3, 7])
def test_a_number_that_is_asked_for_is_taken(asked):
    assert processes_here(asked, 2, LocalCommunicator()) == asked
    assert on_ranks(2, lambda ranks: processes_here(asked, 2, ranks)) == [asked] * 2


@pytest.mark.parametrize("asked", [0, -1])
def test_fewer_than_one_is_refused(asked):
    with pytest.raises(ConfigError, match=f"processes is {asked}; it must be a whole number"):
        processes_here(asked, 2, LocalCommunicator())


@pytest.mark.parametrize("ranks", [2, 3])
def test_ranks_on_the_same_cpus_share_them(ranks):
    # Threads of one process: all of them may use the same CPUs.
    found = on_ranks(ranks, lambda communicator: processes_here(None, 1000, communicator))
    assert found == [max(1, min(usable_cpus() // ranks, most_processes()))] * ranks
    assert on_ranks(ranks, cpus_of_all) == [usable_cpus()] * ranks


def test_a_program_that_is_no_interpreter_has_one_process(monkeypatch):
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert processes_here(4, 8, LocalCommunicator()) == 1


def test_ranks_share_workers_where_there_are_fewer_of_them():
    plan = Plan(workers=2, batch_size=8, algorithm={"name": "split-layers", "slices": 2})
    assert on_ranks(3, lambda ranks: shares_workers(plan, ranks)) == [True] * 3
    assert on_ranks(2, lambda ranks: shares_workers(plan, ranks)) == [False] * 2
    assert on_ranks(3, lambda ranks: shares_workers(Plan(workers=2), ranks)) == [False] * 3
