"""Ranks that meet at an address: no launcher, no shared machine, encrypted."""

from __future__ import annotations

import atexit
import contextlib
import socket
import sys
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.contract import Operation, Window
from fastavg.communicators.tcp.admission import Admission, connect_to, send_note
from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from fastavg.communicators.tcp.loss_detection import LossDetection
from fastavg.communicators.tcp.meeting import Meeting, meet
from fastavg.communicators.tcp.run_key import RunKey
from fastavg.communicators.tcp.tcp_window import Client, Server
from fastavg.communicators.tcp.transfers import Call, Lost, exchange
from fastavg.errors import ConfigError, RankLost, RankMismatch

# Below, every rank sends its whole buffer to all; above, ranks add a part each.
WHOLE_BYTES = 1 << 14
CAUSE_SECONDS, WINDOW_SECONDS = 2.0, 30.0
# The others are to hear why this process ends, also when nothing else refers to these any more.
_open: set[TCPCommunicator] = set()


class TCPCommunicator:
    """One of several ranks that meet at an address, each to each by encrypted connections.

    Parameters
    ----------
    rendezvous : str
        ``host:port`` of rank 0, which listens there; the others come to it.
    rank : int
        Number of this rank, 0 to ``size - 1``.
    size : int
        Number of ranks.
    key : str, Path or RunKey
        The run's key, the same on all ranks: a file, which rank 0 makes if it is missing, or
        the key itself.
    seconds : float, default 60
        How long to wait until all ranks have come, in seconds.
    door : Admission, optional
        Of rank 0: the socket at ``rendezvous``, if it is open already.

    Raises
    ------
    ConfigError
        If the address or the key cannot be used.
    RankLost
        If a rank does not come in time; later, by any method, if a rank has failed, died or
        cannot be reached.
    RankMismatch
        If the ranks were started with other numbers; later, if they make different calls.

    Notes
    -----
    Connections are TLS 1.3 with the run's key on both ends
    (:class:`~fastavg.communicators.RunKey`).  A rank that is lost is noticed at once if its
    process ends and within about six seconds if its machine does; the next collective of
    every other rank then raises, also one that is already waiting.

    Examples
    --------
    >>> import numpy as np
    >>> communicator = TCPCommunicator("localhost:29400", rank=0, size=1, key=RunKey.make())
    >>> buffer = np.ones(3)
    >>> communicator.allreduce(buffer)
    >>> buffer
    array([1., 1., 1.])
    >>> communicator.close()
    """

    def __init__(
        self, rendezvous: str, rank: int, size: int, key: str | Path | RunKey,
        seconds: float = 60.0, door: Admission | None = None,
    ) -> None:
        host, port = _place(rendezvous)
        if not isinstance(key, RunKey):
            key = RunKey.read_or_make(key, rank == 0, seconds)
        meeting = Meeting(host, port, rank, size, key, seconds, door)
        self.rank, self.size, self._meeting = rank, size, meeting
        self._closed = size == 1
        self._calls = 0
        if size == 1:
            return
        self._peers, self._data, control, self._door = meet(meeting)
        for link in self._data.values():
            link.settimeout(0)
        self._losses = LossDetection(self._peers, rank, control)
        if not _open:
            atexit.register(_end_of_process)
        _open.add(self)

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """Send to everybody, or receive; see :meth:`Communicator.broadcast`."""
        part = _bytes(buffer)
        if self.rank == root:
            self._exchange("broadcast", buffer, dict.fromkeys(self._others(), part), {})
        else:
            self._exchange("broadcast", buffer, {}, {root: part})

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """Combine in the order of ranks; see :meth:`Communicator.allreduce`."""
        if self.size == 1:
            return
        combine = np.add if operation == "sum" else np.maximum
        if buffer.nbytes <= WHOLE_BYTES:
            everybodys = np.empty((self.size, buffer.size), buffer.dtype)
            everybodys[self.rank] = buffer
            self.allgather(everybodys.reshape(-1))
            _in_order(combine, everybodys, buffer)
            return
        part = -(-buffer.size // self.size)
        padded = np.zeros((self.size, part), buffer.dtype)
        padded.reshape(-1)[: buffer.size] = buffer
        received = np.empty_like(padded)
        self.alltoall(padded.reshape(-1), received.reshape(-1))
        _in_order(combine, received, padded[self.rank])
        self.allgather(padded.reshape(-1))
        buffer[:] = padded.reshape(-1)[: buffer.size]

    def alltoall(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Send each its part; see :meth:`Exchanger.alltoall`."""
        sent, received = _parts(send, self.size), _parts(receive, self.size)
        received[self.rank][:] = sent[self.rank]
        others = self._others()
        self._exchange(
            "alltoall", send, {rank: sent[rank] for rank in others},
            {rank: received[rank] for rank in others},
        )

    def allgather(self, buffer: NDArray[Any]) -> None:
        """Send the own part to everybody; see :meth:`Exchanger.allgather`."""
        parts, others = _parts(buffer, self.size), self._others()
        self._exchange(
            "allgather", buffer, dict.fromkeys(others, parts[self.rank]),
            {rank: parts[rank] for rank in others},
        )

    def window(self, start: NDArray[Any]) -> Window:
        """A vector that rank 0 keeps and serves; see :meth:`OneSided.window`.

        Raises
        ------
        RankLost
            If a rank does not connect in time.
        """
        if self.size == 1:
            # Nobody else is to be let in, and there is no door.
            return Server(start, [])
        if self.rank == 0:
            self._door.reopen()
        self.allreduce(np.zeros(1))
        deadline = time.monotonic() + WINDOW_SECONDS
        if self.rank:
            server = self._peers[0]
            context = self._meeting.key.context(server=False)
            try:
                link = connect_to((self._meeting.host, self._meeting.port), context, deadline)
            except TimeoutError:
                raise RankLost(f"{server.name} did not answer a second connection", 0) from None
            try:
                send_note(link, {"rank": self.rank, "kind": "window"})
            except OSError:
                link.close()
                raise RankLost(f"{server.name} ended a second connection", 0) from None
            link.settimeout(None)
            return Client(link, server.name)
        links = dict[int, EncryptedLink]()
        while len(links) < self.size - 1:
            came = self._door.next(deadline - time.monotonic())
            if came is None:
                for link in links.values():
                    link.close()
                missing = next(rank for rank in self._others() if rank not in links)
                raise RankLost(f"{self._peers[missing].name} did not connect again", missing)
            came[0].settimeout(None)
            links[int(came[1]["rank"])] = came[0]
        self._door.complete()
        return Server(start, list(links.values()))

    def abort(self, cause: str) -> None:
        """As :meth:`fail`, and close; a second call has no effect.

        Parameters
        ----------
        cause : str
            One sentence; the others raise :class:`~fastavg.RankLost` with it.
        """
        self._end(lambda: self._losses.fail(cause))

    def fail(self, cause: str) -> None:
        """Tell the others that this rank cannot go on, from any thread.

        Parameters
        ----------
        cause : str
            One sentence; the others raise :class:`~fastavg.RankLost` with it.
        """
        if not self._closed:
            self._losses.fail(cause)

    def close(self) -> None:
        """Tell the others that this rank ends; a second call has no effect."""
        self._end(lambda: self._losses.leave())

    def on_loss(self, function: Callable[[RankLost], None]) -> None:
        """Have a function called, in another thread, as soon as a rank is lost.

        Parameters
        ----------
        function : callable
            Takes the loss.
        """
        if self.size > 1:
            self._losses.tell(function)

    def _end(self, tell: Callable[[], None]) -> None:
        if self._closed:
            return
        self._closed = True
        _open.discard(self)
        tell()
        self._losses.close()
        self._door.close()
        for link in self._data.values():
            # What is under way still arrives.
            with contextlib.suppress(OSError):
                link.plain.shutdown(socket.SHUT_WR)
            link.close()

    def _others(self) -> list[int]:
        # Each begins with another one, so that not all send to rank 0 first.
        return [(self.rank + step) % self.size for step in range(1, self.size)]

    def _exchange(
        self, name: str, buffer: NDArray[Any], out: dict[int, memoryview],
        into: dict[int, memoryview],
    ) -> None:
        if self.size == 1:
            return
        if self._closed:
            raise RankMismatch(f"rank {self.rank} makes a call after it has left the others")
        call = Call(self._calls, zlib.crc32(f"{name} {buffer.dtype.str}".encode()))
        self._calls += 1
        if self._losses.lost is not None:
            raise self._heard(self._losses.lost)
        try:
            exchange(self._data, call, out, into, self._losses.alarm)
        except Lost as end:
            raise self._cause(end.rank) from None
        except RankMismatch as error:
            self.abort(str(error))
            raise

    @staticmethod
    def _heard(lost: RankLost) -> RankLost:
        lost.raised = True
        return lost

    def _cause(self, rank: int) -> RankLost:
        # The other connection says why.
        deadline = time.monotonic() + CAUSE_SECONDS
        while not self._losses.heard.wait(0.05) and time.monotonic() < deadline:
            if rank >= 0 and self._losses.left(rank):
                break
        if self._losses.lost is not None:
            return self._heard(self._losses.lost)
        peer = self._peers[rank]
        self.abort(f"{peer.name} has ended, but this rank waits for it; all ranks must make the "
                   "same calls")
        return RankLost(
            f"{peer.name} has ended, but rank {self.rank} waits for it; all ranks must make the "
            "same calls", rank, peer.host,
        )


def abort_open(cause: str) -> None:
    """Tell the other ranks of all open communicators that this process is about to end.

    Parameters
    ----------
    cause : str
        One sentence.
    """
    for communicator in list(_open):
        communicator.fail(cause)


def _end_of_process() -> None:
    error = getattr(sys, "last_value", None)
    for communicator in list(_open):
        if error is None:
            communicator.close()
        else:
            communicator.abort(f"{type(error).__name__}: {error}")


def _place(rendezvous: str) -> tuple[str, int]:
    host, _, port = str(rendezvous).rpartition(":")
    if not port.isdecimal() or not 0 < int(port) < 65536 or not host:
        raise ConfigError(
            f"rendezvous is {rendezvous!r}; it must be HOST:PORT of rank 0, such as 10.0.0.1:29400"
        )
    return host.strip("[]"), int(port)


def _bytes(buffer: NDArray[Any]) -> memoryview:
    dense: Any = buffer.reshape(-1).view(np.uint8)
    return memoryview(dense)


def _parts(buffer: NDArray[Any], size: int) -> list[memoryview]:
    whole, part = _bytes(buffer), buffer.nbytes // size
    return [whole[rank * part : (rank + 1) * part] for rank in range(size)]


def _in_order(combine: np.ufunc, everybodys: NDArray[Any], out: NDArray[Any]) -> None:
    result = everybodys[0]
    for each in everybodys[1:]:
        combine(result, each, out=result)
    out[:] = result
