"""The communicator between nodes: MPI, through mpi4py's buffer methods."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fastavg.communicators.contract import Operation
from fastavg.communicators.mpi.abort import (
    coordinate_through,
    enter_collective,
    guarded_collective,
    install_exception_hook,
    library_variables,
    wait_for_abort,
)
from fastavg.communicators.mpi.launch import check_launch, launched
from fastavg.communicators.mpi.mpi_window import MPIWindow
from fastavg.errors import ConfigError
from fastavg.machine.interpreter import changed_environment

MESSAGE_BYTES = 1 << 30


class MPICommunicator:
    """The ranks that a launcher such as mpiexec or srun started.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm
        Whose ranks to use; by default all.  It is duplicated, so that messages of
        the program around fastavg cannot be taken for ours.
    message_bytes : int
        Larger buffers travel in pieces of at most this size.

    Raises
    ------
    ConfigError
        If mpi4py or an MPI library is missing, or if the launcher belongs to another
        MPI and started separate programs that know nothing of each other.

    Notes
    -----
    From here on an uncaught exception on any rank, a rank that is killed, and one that exits
    while others are blocked in a collective abort all ranks
    (:mod:`fastavg.communicators.mpi.abort`): ``sys.excepthook`` is replaced.

    >>> communicator = MPICommunicator()
    >>> communicator.rank, communicator.size
    (0, 1)
    >>> communicator.close()
    """

    def __init__(self, comm: Any = None, message_bytes: int = MESSAGE_BYTES) -> None:
        launch = launched()
        if launch is not None and launch.size > 1:
            # From here on a failure of this rank must not leave the others waiting.
            install_exception_hook()
        try:
            with warnings.catch_warnings(), changed_environment(library_variables()):
                # It warns of a foreign launcher, and goes on; check_launch refuses.
                warnings.simplefilter("ignore", RuntimeWarning)
                from mpi4py import MPI
        except (ImportError, RuntimeError) as error:
            raise ConfigError(
                f"MPI cannot be used ({error}); pip install 'fastavg[mpi]' brings mpi4py, "
                "an MPI library and its mpiexec"
            ) from None
        if comm is None:
            check_launch(MPI.COMM_WORLD.size, MPI.Get_library_version().split("\n")[0])
        self._mpi = MPI
        # Some of the ranks may use a communicator of their own.
        self._enters = comm is None or comm.size == MPI.COMM_WORLD.size
        self._bytes = message_bytes
        with self._collective():
            self._comm = (MPI.COMM_WORLD if comm is None else comm).Dup()
            self.rank = int(self._comm.rank)
            self.size = int(self._comm.size)
        coordinate_through(self._comm)
        with guarded_collective():
            self._comm.Barrier()
        _unname_memory()

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """MPI_Bcast, in pieces; see :meth:`Communicator.broadcast`."""
        step = self._step(buffer)
        with self._collective():
            for at in range(0, buffer.size, step):
                self._comm.Bcast(buffer[at : at + step], root)

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """MPI_Allreduce, in place and in pieces; see :meth:`Communicator.allreduce`."""
        op = self._mpi.SUM if operation == "sum" else self._mpi.MAX
        step = self._step(buffer)
        with self._collective():
            for at in range(0, buffer.size, step):
                self._comm.Allreduce(self._mpi.IN_PLACE, buffer[at : at + step], op)

    def alltoall(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """MPI_Alltoall, in pieces of each rank's part; see :meth:`Exchanger.alltoall`."""
        part, step = send.size // self.size, self._step(send, self.size)
        with self._collective():
            if part <= step:
                self._comm.Alltoall(send, receive)
                return
            for at in range(0, part, step):
                spread = self._spread(part, at, min(step, part - at))
                self._comm.Alltoallv([send, spread], [receive, spread])

    def allgather(self, buffer: NDArray[Any]) -> None:
        """MPI_Allgather, in place and in pieces; see :meth:`Exchanger.allgather`."""
        part, step = buffer.size // self.size, self._step(buffer, self.size)
        with self._collective():
            if part <= step:
                # MPICH's Allgatherv took forty times as long for the same bytes.
                self._comm.Allgather(self._mpi.IN_PLACE, buffer)
                return
            for at in range(0, part, step):
                spread = self._spread(part, at, min(step, part - at))
                self._comm.Allgatherv(self._mpi.IN_PLACE, [buffer, spread])

    def window(self, start: NDArray[Any]) -> MPIWindow:
        """A vector in parts on all ranks, by MPI's one-sided operations.

        See :meth:`OneSided.window`.

        Raises
        ------
        ConfigError
            If the MPI library does not allow calls of two threads at once.
        """
        if self._mpi.Query_thread() < self._mpi.THREAD_MULTIPLE:
            raise ConfigError(
                "the MPI library was started without MPI_THREAD_MULTIPLE, which asynchronous "
                "training on several ranks needs; algorithm.asynchrony=simulated does without"
            )
        with self._collective():
            return MPIWindow(self._mpi, self._comm, start, self._bytes)

    def close(self) -> None:
        """Free the duplicate of the communicator; collective, as MPI wants it."""
        comm, self._comm = self._comm, self._mpi.COMM_NULL
        if comm != self._mpi.COMM_NULL and not self._mpi.Is_finalized():
            try:
                comm.Free()
            except self._mpi.Exception:
                wait_for_abort()
                raise

    @contextlib.contextmanager
    def _collective(self) -> Iterator[None]:
        if self._enters:
            enter_collective()
        try:
            with guarded_collective():
                yield
        except self._mpi.Exception:
            # The library's page about a lost connection would hide which rank was lost.
            wait_for_abort()
            raise

    def _step(self, buffer: NDArray[Any], parts: int = 1) -> int:
        return max(1, self._bytes // (buffer.itemsize * parts))

    def _spread(self, part: int, at: int, count: int) -> tuple[list[int], list[int]]:
        return [count] * self.size, [rank * part + at for rank in range(self.size)]


def _unname_memory() -> None:
    # MPICH leaves its shared memory behind in /dev/shm if a rank is killed.  All ranks of
    # this host have it mapped by now, so its name is no longer needed.
    with contextlib.suppress(OSError):
        mapped = {line.split()[-1] for line in Path("/proc/self/maps").read_text().splitlines()}
        for name in mapped:
            if name.startswith("/dev/shm/mpich_shm_"):
                Path(name).unlink(missing_ok=True)
