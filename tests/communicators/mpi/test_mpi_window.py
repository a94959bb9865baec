"""Windows of ranks that mpiexec starts; while one computes, and in small pieces."""

from __future__ import annotations

from tests.communicators.mpiexec import PYTHON, run

# Rank 0 is in a collective of the main thread while its window is used by the others.
PROGRAM = """
import sys, threading
import numpy as np
from fastavg.communicators.mpi.communicator import MPICommunicator
communicator = MPICommunicator(message_bytes=4000)
window = communicator.window(np.zeros(5003, "f4"))
values = np.empty(5003, "f4")
def add():
    for _ in range(30):
        window.add(np.ones(5003, "f4"), values)
thread = threading.Thread(target=add)
thread.start()
for _ in range(50):
    total = np.ones(3)
    communicator.allreduce(total)
    assert (total == communicator.size).all()
thread.join()
communicator.allreduce(total)
window.read(values)
assert (values == 30 * communicator.size).all()
communicator.allreduce(total)
window.close()
communicator.close()
if communicator.rank == 0:
    sys.stdout.write("good\\n")
"""


def test_a_thread_adds_while_another_is_in_collectives():
    ended = run("-n", 3, PYTHON, "-c", PROGRAM)
    assert (ended.code, ended.out, ended.err) == (0, "good\n", "")
