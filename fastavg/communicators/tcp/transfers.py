"""Move parts of buffers over all connections at once, each in both directions.

One thread serves all connections: it tries each, and waits when none can go on.  Every
message begins with the number of the collective, what it is, and its bytes, so that
ranks that make different calls are told so instead of mixing their buffers up.
"""

from __future__ import annotations

import os
import select
import struct
from collections.abc import Mapping
from typing import NamedTuple

from fastavg.communicators.tcp.encrypted_link import PIECE, EncryptedLink
from fastavg.errors import RankMismatch

HEADER = struct.Struct("<QQQ")


class Lost(Exception):
    """The connection to a rank has ended in the middle of a collective.

    Parameters
    ----------
    rank : int
        That rank; -1 if another thread has heard of a loss.
    """

    def __init__(self, rank: int) -> None:
        self.rank = rank
        super().__init__(rank)


class Call(NamedTuple):
    """What a rank does in a collective; the same on all ranks.

    Attributes
    ----------
    number : int
        How many collectives came before.
    kind : int
        Of the operation and the dtype.
    """

    number: int
    kind: int

    def header(self, length: int) -> bytes:
        """What a message of this call begins with.

        Parameters
        ----------
        length : int
            Bytes that follow.
        """
        return HEADER.pack(self.number, self.kind, length)


class Transfer:
    """One message to a rank and one from it, either of which may be missing.

    Parameters
    ----------
    rank : int
        The other one.
    link : EncryptedLink
        The connection to it; does not block.
    call : Call
        The collective.
    out : memoryview or None
        Bytes to send.
    into : memoryview or None
        Where to receive.
    """

    def __init__(
        self, rank: int, link: EncryptedLink, call: Call, out: memoryview | None,
        into: memoryview | None,
    ) -> None:
        self.rank, self._link = rank, link
        self._pieces: list[memoryview] = []
        if out is not None:
            # A short message is one record and one packet.
            head = call.header(out.nbytes) + bytes(out[:4096])
            self._pieces = [memoryview(head), out[4096:]][: 1 + (out.nbytes > 4096)]
        self._expected = b"" if into is None else call.header(into.nbytes)
        self._head = memoryview(bytearray(len(self._expected)))
        self._into = [] if into is None else [self._head, into]
        self._waits_for = 0

    @property
    def done(self) -> bool:
        """Whether both messages are through."""
        return not self._pieces and not self._into and self._link.flushed

    @property
    def waits_for(self) -> int:
        """Events of the connection with which it can go on, as :func:`select.poll` names them."""
        return self._waits_for

    def advance(self) -> bool:
        """Send and receive what can be without waiting; False if that is nothing."""
        self._waits_for = 0
        try:
            received = self._receive()
            sent = self._send()
        except OSError:
            raise Lost(self.rank) from None
        return received or sent

    def _send(self) -> bool:
        try:
            self._link.flush()
            if not self._pieces:
                return False
            piece = self._pieces[0]
            self._pieces[0] = piece[self._link.send(piece) :]
        except BlockingIOError:
            self._waits_for |= select.POLLOUT
            return False
        if not self._pieces[0]:
            del self._pieces[0]
        return True

    def _receive(self) -> bool:
        moved = 0
        # Then it is the others' turn.
        while self._into and moved < PIECE:
            into = self._into[0]
            if into:
                try:
                    count = self._link.recv_into(into)
                except BlockingIOError:
                    self._waits_for |= select.POLLIN
                    break
                moved += count
                self._into[0] = into = into[count:]
            if not into:
                del self._into[0]
                self._check()
        return moved > 0

    def _check(self) -> None:
        if len(self._into) == 1 and self._head.tobytes() != self._expected:
            number, _, length = HEADER.unpack(self._head)
            ours, _, expected = HEADER.unpack(self._expected)
            raise RankMismatch(
                f"rank {self.rank} sent {length} bytes in its collective {number}, where "
                f"{expected} bytes of collective {ours} were expected; all ranks must make the "
                "same calls with the same length and dtype", self.rank, "call",
            )


def exchange(
    links: Mapping[int, EncryptedLink], call: Call, out: Mapping[int, memoryview],
    into: Mapping[int, memoryview], alarm: int,
) -> None:
    """Send to some ranks and receive from some, all at once.

    Parameters
    ----------
    links : mapping of int to EncryptedLink
        The connection to each other rank; none blocks.
    call : Call
        The collective; the same on all ranks.
    out : mapping of int to memoryview
        Bytes for each rank.
    into : mapping of int to memoryview
        Where to put each rank's bytes.
    alarm : int
        A file descriptor that is readable once a rank is lost.

    Raises
    ------
    Lost
        If a connection has ended, or the alarm was raised.
    RankMismatch
        If a rank is in another collective.
    """
    open_ = [
        Transfer(rank, links[rank], call, out.get(rank), into.get(rank))
        for rank in sorted({*out, *into})
    ]
    while open_:
        # All of them get their turn.
        moved = [each.advance() for each in open_]
        open_ = [each for each in open_ if not each.done]
        if open_ and not any(moved):
            _wait(open_, links, alarm)


def _wait(open_: list[Transfer], links: Mapping[int, EncryptedLink], alarm: int) -> None:
    poll = select.poll()
    poll.register(alarm, select.POLLIN)
    for each in open_:
        poll.register(links[each.rank], each.waits_for)
    if any(descriptor == alarm for descriptor, _ in poll.poll()):
        raise Lost(-1)


def raise_alarm(alarm: int) -> None:
    """Wake a thread that waits in :func:`exchange`.

    Parameters
    ----------
    alarm : int
        An event's file descriptor, as :func:`os.eventfd` makes it.
    """
    os.eventfd_write(alarm, 1)
