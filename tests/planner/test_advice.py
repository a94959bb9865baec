"""The best choice, where more workers no longer pay, and how far one machine carries."""

from __future__ import annotations

from fastavg.planner.advice import PERIODS, advise, powers, predicted
from fastavg.planner.cost_model import Layout
from tests.planner.made import costs, work


def test_all_layouts_are_compared():
    made, _ = work()
    found = advise(costs(), made, 4, 4)
    assert {row.layout.workers for row in found.rows} == {1, 2, 4, 8, 16}
    assert {row.layout.processes for row in found.rows if row.layout.workers == 2} == {1, 2}
    assert {row.layout.average_every for row in found.rows} == {0.25, *PERIODS}
    assert predicted(costs(), made, found.best.layout) == found.best


def test_cheap_averages_take_all_processors_and_dear_ones_none():
    made, _ = work()
    cheap = advise(costs(round=1e-9, worker=0), made, 4, 4)
    assert cheap.best.layout == Layout(4, 4, 0.25)
    assert cheap.pays_up_to == 4
    dear = advise(costs(round=1.0, worker=1.0), made, 4, 4)
    assert dear.best.layout == Layout(1, 1, 0.25)
    assert (dear.pays_up_to, dear.carries) == (1, 1)


def test_workers_without_enough_steps_are_the_fastest_but_not_the_best():
    made, _ = work()
    found = advise(costs(round=1e-9, worker=0), made, 2, 4)
    assert (found.best.layout.workers, found.fastest.layout.workers) == (2, 4)


def test_a_machine_carries_more_where_averages_cost_less():
    made, _ = work()
    few = advise(costs(round=1e-3), made, 4, 4).carries
    many = advise(costs(round=1e-6), made, 4, 4).carries
    assert few < many


def test_powers_end_with_the_number_itself():
    assert powers(12) == [1, 2, 4, 8, 12]
