"""A fit from the client's side, with an engine that trains here."""

from __future__ import annotations

import contextlib

import pytest

from fastavg import MLPClassifier
from fastavg.engines.cluster_fit import chosen_sampling, fit_on
from fastavg.engines.contract import Room
from fastavg.errors import ConfigError, RankLost


class Here:
    """Ranks that are lost so many times before they end."""

    worker, asks = "worker", "ranks"

    def __init__(self, losses=0, rooms=(3,)):
        self.losses, self.rooms, self.jobs = losses, list(rooms), []

    def queue(self):
        return contextlib.nullcontext()

    def slots(self, wanted):
        return self.rooms.pop(0) if len(self.rooms) > 1 else self.rooms[0]

    def run(self, job):
        self.jobs.append(job)
        if len(self.jobs) <= self.losses:
            raise RankLost("rank 1 has died", 1)
        return job.estimator


def test_all_workers_are_taken_if_no_number_is_given():
    engine = Here()
    fit_on(engine, MLPClassifier(), None, 0)
    assert (engine.jobs[0].ranks, engine.jobs[0].last) == (3, True)


def test_a_lost_rank_is_raised_after_the_last_restart():
    engine = Here(losses=3)
    with pytest.raises(RankLost, match="rank 1 has died"):
        fit_on(engine, MLPClassifier(), 2, 2)
    assert [(job.attempt, job.last) for job in engine.jobs] == [(0, False), (1, False), (2, True)]
    assert len({job.name for job in engine.jobs}) == 1


def test_a_restart_is_the_same_run_on_the_workers_that_are_left(caplog):
    engine = Here(losses=1, rooms=(3, 1))
    given = MLPClassifier()
    fitted = fit_on(engine, given, 3, 1)
    assert [job.ranks for job in engine.jobs] == [3, 1]
    seeds = {job.estimator.random_state for job in engine.jobs}
    assert len(seeds) == 1
    assert (fitted.random_state, given.random_state) == (None, None)
    assert caplog.messages == [
        "fastavg: rank 1 has died; restart 1 of 1 goes on from the last checkpoint on 1 ranks"
    ]


@pytest.mark.parametrize(("ranks", "restarts", "said"), [
    (4, 0, "ranks is 4 and the cluster has room for 3; each rank needs a worker of its own"),
    (0, 0, "ranks is 0; it must be a whole number of at least 1"),
    (2, -1, "max_restarts is -1; it must be a whole number of at least 0"),
])
def test_impossible_numbers_are_refused(ranks, restarts, said):
    with pytest.raises(ConfigError) as error:
        fit_on(Here(), MLPClassifier(), ranks, restarts)
    assert str(error.value) == said


def test_a_cluster_without_workers_is_refused():
    with pytest.raises(ConfigError, match="the cluster has room for 0"):
        fit_on(Here(rooms=(0,)), MLPClassifier(), None, 0)


GB = 10**9


@pytest.mark.parametrize(("memories", "expected"), [
    ([("a", 9 * GB), ("b", 9 * GB)], "shards"),
    # Two ranks of one machine share its memory.
    ([("a", 9 * GB), ("a", 9 * GB)], "shards"),
    ([("a", 7 * GB), ("a", 7 * GB)], "partitions"),
    ([("a", 9 * GB), ("b", 9 * GB, 3 * GB)], "partitions"),
])
def test_rows_that_do_not_fit_stay_where_they_are(memories, expected, caplog):
    assert chosen_sampling([Room(*each) for each in memories], 2 * GB) == expected
    said = [line for line in caplog.messages if "sampling is partitions" in line]
    assert len(said) == (expected == "partitions")
    if said:
        assert said[0].startswith(
            "fastavg: sampling is partitions, as all rows and their copy take 4 GB, and a rank "
        )


def test_a_sampling_is_chosen_once_for_all_attempts():
    engine, asked = Here(losses=1), []
    fitted = fit_on(
        engine, MLPClassifier(), 2, 1, 0, lambda ranks: asked.append(ranks) or "partitions"
    )
    assert {job.estimator.sampling for job in engine.jobs} == {"partitions"}
    assert (fitted.sampling, asked) == ("partitions", [2])
    assert chosen_sampling([Room("a", 0)], 0) == "shards"
