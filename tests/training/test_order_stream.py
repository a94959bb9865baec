"""Orders one by one: their seconds are counted, and ranks share their reports."""

from __future__ import annotations

from fastavg.training.order_stream import gather, next_report
from fastavg.training.programs import Order, Report
from fastavg.training.stopwatch import Stopwatch
from tests.communicators.ranks import on_ranks


class OneOrder:
    def next(self):
        return Order("train", 0, 1, 0, 3), Report(1, 0.5, 4.0, 3, True, 2.0, 1.0)


def test_the_seconds_of_an_order_are_counted():
    watch = Stopwatch()
    order, report = next_report(OneOrder(), watch, 2)
    assert (order.worker, report.worker) == (1, 1)
    assert (watch.training, watch.kernels) == (1.0, 0.5)


def test_every_rank_has_all_reports():
    def rank(communicator):
        own = Report(communicator.rank, 0.5 + communicator.rank, 4.0, 3, True, 2.0, 1.0)
        return [report.loss for report in gather([own], 2, communicator)]

    assert on_ranks(2, rank) == [[0.5, 1.5]] * 2
