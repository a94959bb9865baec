"""Notice a rank that dies, fails or cannot be reached, while this one trains.

To every other rank there is a connection on which nothing travels but signs of life and
the end:

- a rank that leaves in an orderly way says so;
- a rank that fails says why;
- the system of a rank that dies closes the connection;
- the system of a machine that is gone, or at the other end of a broken line, does not
  acknowledge heartbeats any more.  A rank that computes for long and has no time to read
  them is not taken for dead: its system acknowledges them.

Whoever hears of a loss tells all others, so that every rank gives the same cause.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

from fastavg.communicators.tcp.admission import LENGTH, packed
from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from fastavg.communicators.tcp.meeting import Peer
from fastavg.communicators.tcp.transfers import raise_alarm
from fastavg.errors import RankLost

HEARTBEAT_SECONDS, SILENCE_SECONDS, CLOSE_SECONDS = 1.0, 6.0, 0.5
UNREACHABLE = {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH}


class LossDetection:
    """Listens to the ends of all other ranks, in a thread.

    Parameters
    ----------
    peers : list of Peer
        All ranks in order.
    own : int
        Number of this rank.
    control : dict of int to EncryptedLink
        The idle connection to each other rank.

    Attributes
    ----------
    alarm : int
        A file descriptor that is readable once a rank is lost.
    lost : RankLost or None
        The first loss.
    """

    def __init__(self, peers: list[Peer], own: int, control: dict[int, EncryptedLink]) -> None:
        self.alarm = os.eventfd(0, os.EFD_CLOEXEC)
        self.lost: RankLost | None = None
        self.heard = threading.Event()
        self._peers, self._own, self._control = peers, own, control
        self._left: set[int] = set()
        self._silent: set[int] = set()
        self._part = memoryview(bytearray(4096))
        self._received = dict.fromkeys(control, b"")
        # TLS allows one thread a connection at a time.
        self._lock = threading.RLock()
        self._told: Callable[[RankLost], None] | None = None
        self._closing = False
        for link in control.values():
            link.plain.setsockopt(
                socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(1000 * SILENCE_SECONDS)
            )
            link.settimeout(0)
        self._thread = threading.Thread(target=self._listen, name="tcp-losses", daemon=True)
        self._thread.start()

    def tell(self, function: Callable[[RankLost], None]) -> None:
        """Have a function called at the first loss, in this object's thread.

        Parameters
        ----------
        function : callable
            Takes the loss.
        """
        with self._lock:
            self._told = function
            lost = self.lost
        if lost is not None:
            function(lost)

    def fail(self, cause: str) -> None:
        """Tell all others that this rank cannot go on; only before any loss.

        Parameters
        ----------
        cause : str
            One sentence.
        """
        with self._lock:
            if self.lost is None and self._own not in self._left:
                own = self._peers[self._own]
                self._lose(RankLost(f"{own.name} failed: {cause}", own.rank, own.host))

    def leave(self) -> None:
        """Tell all others that this rank ends in an orderly way."""
        with self._lock:
            if self.lost is None and self._own not in self._left:
                self._left.add(self._own)
                self._send({"left": True})

    def close(self) -> None:
        """Hang up; what was said still arrives."""
        with self._lock:
            self._closing = True
            for link in self._control.values():
                with contextlib.suppress(OSError):
                    link.plain.shutdown(socket.SHUT_WR)
        self._thread.join(CLOSE_SECONDS)

    def left(self, rank: int) -> bool:
        """Whether a rank has ended in an orderly way.

        Parameters
        ----------
        rank : int
            Its number.
        """
        return rank in self._left

    def _send(self, note: dict[str, Any]) -> None:
        for rank, link in self._control.items():
            try:
                link.sendall(packed(note))
            except OSError as error:
                # The system says it once, to whoever asks first.
                if error.errno in UNREACHABLE:
                    self._silent.add(rank)

    def _lose(self, lost: RankLost) -> None:
        if self.lost is not None:
            return
        self.lost = lost
        self._send({"lost": str(lost), "rank": lost.rank, "host": lost.host})
        raise_alarm(self.alarm)
        self.heard.set()

    def _listen(self) -> None:
        with selectors.DefaultSelector() as waiting:
            for rank, link in self._control.items():
                waiting.register(link, selectors.EVENT_READ, rank)
            beat = time.monotonic()
            # After a loss nobody is to be waited for.
            while waiting.get_map() and not (self._closing and self.lost):
                ready = waiting.select(max(0.0, beat - time.monotonic()))
                for key, _ in ready:
                    self._attend(key, waiting)
                if time.monotonic() >= beat:
                    beat = time.monotonic() + HEARTBEAT_SECONDS
                    with self._lock:
                        self._send({})
        for link in self._control.values():
            link.close()
        if self._closing:
            os.close(self.alarm)

    def _attend(self, key: selectors.SelectorKey, waiting: selectors.BaseSelector) -> None:
        with self._lock:
            before = self.lost
            ended = self._hear(key.data)
            told = self._told if before is None else None
        if ended:
            waiting.unregister(key.fileobj)
        if told is not None and self.lost is not None:
            told(self.lost)

    def _hear(self, rank: int) -> bool:
        # Whether that was the last of it.
        ended, reason = False, "has died"
        try:
            while True:
                count = self._control[rank].recv_into(self._part)
                self._received[rank] += self._part[:count].tobytes()
        except BlockingIOError:
            pass
        except OSError as error:
            ended = True
            if error.errno in UNREACHABLE or rank in self._silent:
                reason = "cannot be reached any more"
        for note in self._notes(rank):
            if "left" in note:
                self._left.add(rank)
            elif "lost" in note:
                self._lose(RankLost(str(note["lost"]), note.get("rank"), note.get("host", "")))
        if ended and rank not in self._left and self._own not in self._left:
            peer = self._peers[rank]
            self._lose(RankLost(f"{peer.name} {reason}; all ranks end", rank, peer.host))
        return ended

    def _notes(self, rank: int) -> list[dict[str, Any]]:
        found, received = [], self._received[rank]
        while len(received) >= LENGTH.size:
            (length,) = LENGTH.unpack(received[: LENGTH.size])
            if len(received) < LENGTH.size + length:
                break
            found.append(json.loads(received[LENGTH.size : LENGTH.size + length]))
            received = received[LENGTH.size + length :]
        self._received[rank] = received
        return found
