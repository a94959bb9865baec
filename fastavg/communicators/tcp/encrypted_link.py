"""One encrypted connection to another rank.

TLS proves that both ends have the run's key.  By TLS each end then says a key of its own, under
which it sends large frames from there on (:mod:`fastavg.communicators.tcp.sealed_frames`).
Where one end cannot make such frames both stay with TLS, which runs between two buffers in
memory, so that the socket is read and written in large pieces.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import ssl
from typing import Any

from fastavg.communicators.tcp.sealed_frames import (
    KEY_BYTES,
    LARGEST,
    FrameReader,
    FrameWriter,
    can_seal,
)

# Bytes that are encrypted, or taken from the system, at once.
PIECE = LARGEST


class EncryptedLink:
    """A connected socket under TLS; one thread at a time may use it.

    As long as the socket waits (:meth:`settimeout`), so do all methods; one that does not block
    raises :class:`BlockingIOError` where nothing can be done.

    Parameters
    ----------
    plain : socket.socket
        Connected; belongs to the link from now on.
    context : ssl.SSLContext
        By the key of the run.
    server : bool
        Whether this end accepted the connection.

    Raises
    ------
    ssl.SSLError
        If the other end cannot show the key.
    OSError
        If the connection ends.
    """

    def __init__(self, plain: socket.socket, context: ssl.SSLContext, server: bool) -> None:
        self._plain = plain
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=server)
        self._buffer = memoryview(bytearray(PIECE))
        self._unsent = memoryview(b"")
        self._writer: FrameWriter | None = None
        self._reader: FrameReader | None = None
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self._flush_all()
                self._fill()
            except ssl.SSLError:
                # The other end is to know why.
                self._flush_all()
                raise
        self._flush_all()
        self._change_to_frames()

    def _change_to_frames(self) -> None:
        own = secrets.token_bytes(KEY_BYTES)
        self.sendall(bytes([can_seal()]) + own)
        answer = self.exactly(1 + KEY_BYTES)
        if can_seal() and answer[0] == 1:
            self._writer = FrameWriter(own)
            self._reader = FrameReader(answer[1:], self._incoming.read())

    @property
    def plain(self) -> socket.socket:
        """The socket below; to wait for it, and for its options."""
        return self._plain

    @property
    def flushed(self) -> bool:
        """Whether the system has taken everything that was sent."""
        return not self._unsent and not self._outgoing.pending

    def fileno(self) -> int:
        """The socket's file descriptor."""
        return self._plain.fileno()

    def settimeout(self, seconds: float | None) -> None:
        """How long the methods wait.

        Parameters
        ----------
        seconds : float or None
            0 not at all, None without end.
        """
        self._plain.settimeout(seconds)

    def send(self, piece: memoryview | bytes) -> int:
        """Encrypt and send the beginning of a piece.

        Parameters
        ----------
        piece : memoryview or bytes
            At least one byte.

        Returns
        -------
        int
            How many bytes were taken; the system may not have all of them yet
            (:attr:`flushed`).

        Raises
        ------
        OSError
            If the connection has ended, or nothing can be sent without waiting.
        """
        self.flush()
        some = memoryview(piece)[:PIECE]
        if self._writer is None:
            taken = self._tls.write(some)
        else:
            taken, self._unsent = len(some), self._writer.seal(some)
        with contextlib.suppress(BlockingIOError):
            self.flush()
        return taken

    def flush(self) -> None:
        """Give the system what is encrypted.

        Raises
        ------
        OSError
            If the connection has ended, or not everything can be sent without waiting.
        """
        while not self.flushed:
            if not self._unsent:
                self._unsent = memoryview(self._outgoing.read())
            self._unsent = self._unsent[self._plain.send(self._unsent) :]

    def recv_into(self, into: memoryview) -> int:
        """Receive at least one byte.

        Parameters
        ----------
        into : memoryview
            Where to; not empty.

        Returns
        -------
        int
            How many bytes came.

        Raises
        ------
        OSError
            If the connection has ended, or nothing has come.
        """
        if self._reader is not None:
            while not (count := self._reader.take(into)):
                self._reader.arrived(self._received(self._reader.space))
            return count
        while True:
            try:
                read: Any = self._tls.read(len(into), into)
            except ssl.SSLWantReadError:
                self._fill()
                continue
            if not read:
                raise ConnectionError("the connection has ended")
            return int(read)

    def sendall(self, content: bytes | memoryview) -> None:
        """Send all of it.

        Parameters
        ----------
        content : bytes or memoryview
            Any number of bytes.

        Raises
        ------
        OSError
            If the connection has ended, or it takes too long.
        """
        rest = memoryview(content)
        while rest:
            rest = rest[self.send(rest) :]
        self.flush()

    def exactly(self, length: int) -> bytes:
        """Receive so many bytes.

        Parameters
        ----------
        length : int
            At least 1.

        Returns
        -------
        bytes
            ``length`` of them.

        Raises
        ------
        OSError
            If the connection ends, or it takes too long.
        """
        found = memoryview(bytearray(length))
        at = 0
        while at < length:
            at += self.recv_into(found[at:])
        return found.tobytes()

    def close(self) -> None:
        """Close the socket; what the system has taken still arrives."""
        self._plain.close()

    def _flush_all(self) -> None:
        if self._outgoing.pending:
            self._plain.sendall(self._outgoing.read())

    def _fill(self) -> None:
        self._incoming.write(self._buffer[: self._received(self._buffer)])

    def _received(self, into: memoryview) -> int:
        count = self._plain.recv_into(into)
        if not count:
            raise ConnectionError("the connection has ended")
        return count
