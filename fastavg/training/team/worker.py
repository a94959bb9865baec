"""The life of a process of the team: attach, then receive, train, answer."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from multiprocessing.connection import Connection

from fastavg.data.rows import TaskData
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.failpoints import failpoint
from fastavg.machine.shared_memory import Segment
from fastavg.training.center import Board
from fastavg.training.task import Task


def work(connection: Connection) -> None:
    """Serve tasks until the parent says stop or is gone.

    The parent sends the board, the rows and the plan, then (round, worker, rate factor)
    for each task and None at the end.  The answers are tuples of plain values:
    ``("ready",)`` once, ``("report", ...)`` for each task, or at last
    ``("failed", message, traceback)``.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        segment, rows = Segment.receive(connection), Segment.receive(connection)
        network, plan, form, workers = pickle.loads(connection.recv_bytes())
        failpoint("attached")
        with one_blas_thread():
            board = Board(segment, plan, network.n_weights, len(workers))
            task = Task(network, plan, TaskData(*form.views(rows)), board, workers.start)
            connection.send(("ready",))
            failpoint("ready")
            while (order := connection.recv()) is not None:
                connection.send(("report", *task(*order)))
                failpoint("reported", *order[:2])
    except (EOFError, ConnectionError):
        # The parent has closed the pipe: there is nobody left to tell.
        return
    except Exception as error:
        message = "".join(traceback.format_exception_only(error)).strip()
        connection.send(("failed", message, traceback.format_exc()))
        os._exit(1)
