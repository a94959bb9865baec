"""Teams: whoever carries out orders leaves the same bits in the same slots."""

from __future__ import annotations

import pytest

from fastavg.machine.shared_memory import shared_kind
from fastavg.training.programs import Order
from fastavg.training.team.supervised import SupervisedTeam
from fastavg.training.team.team import InlineTeam, open_team
from tests.training.team.serving import PLAN, WORKERS, make_buffers, make_run, trained

pytestmark = [
    pytest.mark.usefixtures("nothing_left"), pytest.mark.own_fork_server, pytest.mark.timeout(60),
]
FIRST, STOP = PLAN.span(PLAN.sampler(40), 0)
ORDERS = [Order("train", 0, worker, FIRST, STOP) for worker in WORKERS]


@pytest.mark.parametrize(("processes", "kind"), [(1, InlineTeam), (2, SupervisedTeam)])
def test_orders_come_back_in_their_order_with_the_same_bits(processes, kind):
    run, events = make_run(), []
    buffers = make_buffers(run, shared_kind() if processes > 1 else "private")
    try:
        with open_team(run, buffers, WORKERS, processes, events.append) as team:
            assert isinstance(team, kind)
            assert [report.worker for report in team.run(ORDERS[::-1])] == [1, 0]
            slots = [buffers.slot(0, worker).tobytes() for worker in WORKERS]
            assert slots == trained(run)
            # One by one: every order that was handed over is done once.
            for order in ORDERS * 2:
                team.submit(order)
            done = [team.next() for _ in ORDERS * 2]
            assert sorted(order.worker for order, _ in done) == [0, 0, 1, 1]
            assert all(order.worker == report.worker for order, report in done)
            assert [buffers.slot(0, worker).tobytes() for worker in WORKERS] == slots
    finally:
        buffers.segment.close()
    assert events == []


def test_the_calling_process_carries_out_the_oldest_order_first():
    run = make_run()
    team = InlineTeam(run, make_buffers(run), WORKERS)
    for order in ORDERS:
        team.submit(order)
    assert [team.next()[0] for _ in ORDERS] == ORDERS
    with pytest.raises(IndexError):
        team.next()
