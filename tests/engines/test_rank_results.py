"""Waiting for ranks: what is returned, which error counts, who is named."""

from __future__ import annotations

import pytest

from fastavg.engines.contract import Report
from fastavg.engines.rank_results import End, first_result, gone, named
from fastavg.errors import RankLost

REPORTS = [Report(f"w{n}", f"node{n}", 10 + n, "", (), 0) for n in range(2)]


class Ranks:
    """Ranks that end as they are told."""

    def __init__(self, *looks):
        self.looks, self.stopped = list(looks), False

    def look(self, seconds):
        return self.looks.pop(0) if self.looks else {}

    def stop(self):
        self.stopped = True


def test_the_result_is_that_of_rank_0():
    ranks = Ranks({1: End(None)}, {}, {0: End("model")})
    assert first_result(ranks, REPORTS, "worker") == "model"
    assert ranks.stopped


def test_what_a_rank_raised_counts_more_than_what_others_heard_of_it():
    heard = RankLost("rank 1 failed: ValueError: no", 1)
    ranks = Ranks({0: End(error=heard)}, {1: End(error=ValueError("no"))})
    with pytest.raises(ValueError, match="no"):
        first_result(ranks, REPORTS, "worker")
    assert ranks.stopped


@pytest.mark.parametrize("first", [0, 1])
def test_a_lost_rank_is_named_with_its_worker(first):
    ends = {0: End(error=RankLost("rank 1 has died", 1)), 1: End(error=gone(1, REPORTS[1], "W"))}
    with pytest.raises(RankLost) as lost:
        first_result(Ranks({first: ends[first]}, {1 - first: ends[1 - first]}), REPORTS, "W")
    assert (lost.value.rank, lost.value.host) == (1, "node1")
    assert str(lost.value).endswith("; it ran on W w1 on node1")


def test_a_loss_that_nobody_else_confirms_ends_the_wait(monkeypatch):
    monkeypatch.setattr("fastavg.engines.rank_results.CAUSE_SECONDS", 0.01)
    with pytest.raises(RankLost, match="rank 1 has died"):
        first_result(Ranks({0: End(error=RankLost("rank 1 has died", 1))}), REPORTS, "worker")


def test_a_loss_without_a_number_stays_as_it_is():
    lost = RankLost("nobody came")
    assert named(lost, REPORTS, "worker") is lost
