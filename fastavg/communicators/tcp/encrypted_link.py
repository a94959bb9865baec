"""One encrypted connection to another rank.

TLS runs between two buffers in memory, and the socket is read and written in large pieces:
a record holds 16 KiB at most, and two calls of the system for each took most of the time.
"""

from __future__ import annotations

import contextlib
import socket
import ssl

# Bytes that are encrypted, or taken from the system, at once.
PIECE = 1 << 18


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
        taken = self._tls.write(memoryview(piece)[:PIECE])
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
        while True:
            try:
                count = self._tls.read(len(into), into)
            except ssl.SSLWantReadError:
                self._fill()
                continue
            if not count:
                raise ConnectionError("the connection has ended")
            return int(count)

    def sendall(self, content: bytes) -> None:
        """Send all of it.

        Parameters
        ----------
        content : bytes
            A few.

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
        count = self._plain.recv_into(self._buffer)
        if not count:
            raise ConnectionError("the connection has ended")
        self._incoming.write(self._buffer[:count])
