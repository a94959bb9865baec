"""The measurement, on real runs: figures that can be used."""

from __future__ import annotations

import pytest

from fastavg.planner import short_trainings
from fastavg.planner.cost_model import Layout
from fastavg.planner.short_trainings import calibrate, layouts_to_time, time_training
from tests.planner.made import work


def test_a_short_training_is_timed():
    made, rows = work()
    timed = time_training(made, rows, Layout(2, 1, 0.25), 1e-5, 0.02)
    assert timed.measured.seconds > 0
    assert timed.start_seconds >= 0
    # The period is in steps, short enough for several rounds.
    assert timed.measured.layout.average_every.endswith(" steps")
    shorter = time_training(made, rows, Layout(2, 1, 0.25), 1e-5, 0.02, part=4)
    counts = [made.counts(each.measured.layout)[1] for each in (timed, shorter)]
    assert counts[1] > counts[0]


def test_a_work_is_measured_with_one_and_with_two_processes(monkeypatch):
    monkeypatch.setattr(short_trainings, "LONG", 0.05)
    made, rows = work()
    found = calibrate(made, rows, 2)
    assert set(found.rates) == {1, 2}
    assert 0 < found.rates[1].row <= found.rates[2].row
    assert found.process_bytes > 0
    assert found.seconds(made, Layout(2, 2, 0.25)) > 0


def test_long_rounds_are_told_from_short_ones_however_long_a_step_takes():
    # So little time that a round would have a single step: rows and rounds would look alike.
    made, rows = work(rows=96)
    long, short = (
        time_training(made, rows, Layout(2, 1, 0.25), 1.0, 0.01, part).measured.layout
        for part in (1, short_trainings.SHORTER)
    )
    assert (long.average_every, short.average_every) == ("4 steps", "1 steps")


def test_a_moment_with_other_work_is_not_what_counts(monkeypatch):
    made, rows = work()
    seconds = iter([1.0] * 8 + [50.0] * 2 + [1.0] * 12)

    def timed(work, rows, layout, row, seconds_=0.0, part=1):
        return short_trainings.Timed(
            short_trainings.Measured(layout, next(seconds)), 0.0, []
        )

    monkeypatch.setattr(short_trainings, "time_training", timed)
    found = calibrate(made, rows, 2)
    # Of the three trainings of two layouts one took fifty times as long.
    assert found.seconds(made, Layout(1, 1, 0.25)) == pytest.approx(1.0, rel=0.5)


def test_fewer_rows_than_workers_are_measured_too():
    assert layouts_to_time(2, 1) == [(1, 1)]
    made, rows = work(rows=3, batch_size=1)
    assert calibrate(made, rows, 1).rates[1].row > 0
