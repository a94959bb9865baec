"""A process of the team: attach, then receive orders, carry them out, report."""

from __future__ import annotations

import os
import pickle
import signal
import traceback
from multiprocessing.connection import Connection

import numpy as np

from fastavg.errors import DataError
from fastavg.kernels.numerics.subnormals import subnormals_are_zero
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.failpoints import failpoint
from fastavg.machine.shared_memory import Segment
from fastavg.training.center import CenterBuffers
from fastavg.training.programs import Order, Programs
from fastavg.training.run import Run


def work(connection: Connection) -> None:
    """Carry out orders until the parent says stop or is gone.

    Parameters
    ----------
    connection : Connection
        The parent sends the center's buffers, the rows and the plan, then one
        :class:`~fastavg.training.programs.Order` after the other, and None at the end.
        The answers are tuples of plain values: ``("ready",)`` once, ``("report", ...)``
        for each order, or at last ``("failed", message, traceback)``, or
        ``("unreadable", message, traceback)`` if rows cannot be used.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        segment, rows = Segment.receive(connection), Segment.receive(connection)
        network, plan, form, workers, wide = pickle.loads(connection.recv_bytes())
        failpoint("attached")
        with one_blas_thread(), subnormals_are_zero():
            run = Run(network, plan, form.rows(rows), np.zeros(0, plan.dtype))
            buffers = CenterBuffers(segment, plan, network.n_weights, len(workers), wide)
            programs = Programs(run, buffers, workers)
            connection.send(("ready",))
            failpoint("ready")
            while (given := connection.recv()) is not None:
                order = Order(*given)
                connection.send(("report", *programs(order)))
                failpoint("reported", order.round, order.worker)
    except (EOFError, ConnectionError):
        # The parent has closed the pipe and reads no answer.
        return
    except DataError as error:
        connection.send(("unreadable", str(error), traceback.format_exc()))
        os._exit(1)
    except Exception as error:
        message = "".join(traceback.format_exception_only(error)).strip()
        connection.send(("failed", message, traceback.format_exc()))
        os._exit(1)
