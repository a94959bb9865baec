"""A child of any launcher, and the smallest run that it can carry out."""

from __future__ import annotations

import contextlib
import pickle

from fastavg.communicators import LocalCommunicator
from fastavg.data.rows import move_in, room_for
from fastavg.machine.shared_memory import shared_kind
from fastavg.plan.execution import Execution
from fastavg.training.algorithms.local_sgd import LocalSGD
from fastavg.training.center import CenterBuffers
from fastavg.training.run import Run
from fastavg.training.session import open_session
from tests.training.runs import NETWORK, data_for, first_weights, small_plan

WORKERS = range(2)
PLAN = small_plan(workers=2)


def make_run(plan=PLAN):
    return Run(NETWORK, plan, data_for(NETWORK, 40, plan.dtype), first_weights(NETWORK, plan))


def make_buffers(run, kind="private"):
    buffers = CenterBuffers.create(kind, run.plan, NETWORK.n_weights, len(WORKERS))
    buffers.center(0)[0] = run.start
    return buffers


@contextlib.contextmanager
def sent(child, run=None, message=None):
    """Buffers that a child has attached to."""
    run = run or make_run()
    buffers = make_buffers(run, shared_kind())
    rows, form = room_for(run.rows)
    move_in(run.rows, rows, form)
    try:
        buffers.segment.send(child.connection, child.pid)
        rows.send(child.connection, child.pid)
        child.connection.send_bytes(
            message or pickle.dumps((run.network, run.plan, form, WORKERS, 0))
        )
        yield buffers
    finally:
        rows.close()
        buffers.segment.close()


@contextlib.contextmanager
def started(launcher):
    """A new child, killed and closed afterwards."""
    child = launcher.start()
    try:
        yield child
    finally:
        child.kill()
        assert child.wait(20)
        child.close()


def trained(run):
    """Both slots of the first round, as this process finds them."""
    with open_session(run, Execution(1, LocalCommunicator())) as session:
        LocalSGD().round(session, next(session.to_come()))
        return [session.buffers.slot(0, worker).tobytes() for worker in WORKERS]
