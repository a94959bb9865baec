"""Members side by side: in the order of their numbers, and all end where one fails."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from fastavg import Execution
from fastavg.training.observers.events import RoundFinished
from fastavg.training.side_by_side import of_member, side_by_side

ROUND = RoundFinished(0, 1, 1.0, 0.0, 1.0, 1, 0.0, 0.0, 0.0, 0.0, lambda: np.zeros(1))


@pytest.mark.parametrize("at_once", [1, 2, 9])
def test_results_come_in_the_order_of_the_numbers(at_once):
    assert side_by_side([4, 2, 7], at_once, lambda number, passing: number * 2) == [8, 4, 14]


def test_members_go_on_in_turns():
    going, most, guard = 0, 0, threading.Lock()

    def train(number, passing):
        nonlocal going, most
        for _ in range(20):
            with guard:
                going += 1
                most = max(most, going)
            with guard:
                going -= 1
            for each in passing:
                each.on_round(ROUND)
        return number

    assert side_by_side(range(6), 2, train) == list(range(6))
    assert 1 <= most <= 2


def test_all_end_where_one_fails():
    failed = threading.Event()

    def train(number, passing):
        if number == 2:
            failed.set()
            raise ValueError("the third one")
        # Whoever began before goes on until somebody tells it.
        assert failed.wait(60)
        while True:
            for each in passing:
                each.on_round(ROUND)

    with pytest.raises(ValueError, match="the third one"):
        side_by_side(range(4), 3, train)


def test_each_member_has_checkpoints_of_its_own(tmp_path):
    path = tmp_path / "run"
    kept = Execution(4, checkpoint=path, checkpoint_every=2, resume="auto")
    for member in (0, 7):
        mine = of_member(kept, member)
        assert (mine.checkpoint, mine.resume) == (tmp_path / f"run.{member}", "auto")
        assert (mine.processes, mine.checkpoint_every) == (1, 2)
    (tmp_path / "run.0").touch()
    begun = Execution(resume=path)
    assert of_member(begun, 0).resume == tmp_path / "run.0"
    assert of_member(begun, 1).resume is None
    assert of_member(Execution(resume=tmp_path / "no"), 1).resume == tmp_path / "no.1"
