"""The door of a rank: one socket, bound once, at which the other ranks knock.

Each connection shows the run's key before anything is read from it; one that cannot is
closed and logged, and disturbs nobody.  The socket stays bound until the run ends.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import queue
import socket
import ssl
import struct
import threading
import time
from typing import Any

from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from fastavg.communicators.tcp.run_key import RunKey

LOGGER = logging.getLogger(__name__)
HANDSHAKE_SECONDS = 10.0
LENGTH = struct.Struct("<I")
LONGEST_NOTE = 1 << 20


class Admission:
    """Accepts connections of those who have the key.

    Parameters
    ----------
    host : str
        Address to listen at; where no interface of this machine has it (that of a service
        in front of a container), all interfaces are listened at.
    port : int
        0 for any that is free.
    key : RunKey
        Of the run.

    Raises
    ------
    OSError
        If the address cannot be had.
    """

    def __init__(self, host: str, port: int, key: RunKey) -> None:
        self._context = key.context(server=True)
        try:
            self._listener = socket.create_server((host, port), family=family(host), backlog=512)
        except OSError as error:
            if error.errno != errno.EADDRNOTAVAIL:
                raise
            self._listener = socket.create_server(("", port), backlog=512)
        self._admitted: queue.Queue[tuple[EncryptedLink, dict[str, Any]]] = queue.Queue()
        self._complete = False
        threading.Thread(target=self._accept, name="tcp-admission", daemon=True).start()

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listener.getsockname()[:2]
        return str(host), int(port)

    def next(self, seconds: float) -> tuple[EncryptedLink, dict[str, Any]] | None:
        """The next connection and what it said first; None if none comes in time.

        Parameters
        ----------
        seconds : float
            How long to wait, in seconds.
        """
        try:
            return self._admitted.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return None

    def complete(self) -> None:
        """From now on everybody is there, and who knocks is sent away."""
        self._complete = True

    def reopen(self) -> None:
        """From now on who knocks is admitted again, until :meth:`complete`."""
        self._complete = False

    def close(self) -> None:
        """Release the socket; a second call has no effect."""
        self._complete = True
        with contextlib.suppress(OSError):
            # This also ends the wait for connections.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, peer = self._listener.accept()
            except OSError:
                return
            if self._complete:
                _log(peer, "all ranks are there")
                accepted.close()
                continue
            threading.Thread(
                target=self._admit, args=(accepted, peer), name="tcp-handshake", daemon=True
            ).start()

    def _admit(self, accepted: socket.socket, peer: Any) -> None:
        try:
            accepted.settimeout(HANDSHAKE_SECONDS)
            link = EncryptedLink(accepted, self._context, server=True)
        except (OSError, ValueError):
            _log(peer, "it does not have the key of this run")
            accepted.close()
            return
        try:
            hello = receive_note(link)
        except (OSError, ValueError):
            _log(peer, "it did not say which rank it is")
            link.close()
            return
        self._admitted.put((link, hello))


def _log(peer: Any, reason: str) -> None:
    LOGGER.warning("fastavg: a connection from %s port %s was refused: %s", *peer[:2], reason)


def family(host: str) -> socket.AddressFamily:
    """IPv4 unless the host's first address is IPv6.

    Parameters
    ----------
    host : str
        Name or address; empty for all interfaces.
    """
    if not host:
        return socket.AF_INET
    found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    kinds = [kind for kind, *_ in found]
    return socket.AF_INET if socket.AF_INET in kinds else kinds[0]


def connect_to(
    address: tuple[str, int], context: ssl.SSLContext, deadline: float
) -> EncryptedLink:
    """A connection to the door of another rank, once it is there.

    Parameters
    ----------
    address : tuple of str and int
        Host and port.
    context : ssl.SSLContext
        By the key of the run.
    deadline : float
        On the clock of :func:`time.monotonic`; whoever is not there by then does not come.

    Raises
    ------
    TimeoutError
        If nobody answered.
    ssl.SSLCertVerificationError
        If the other one has another key.
    """
    while True:
        plain = None
        try:
            plain = socket.create_connection(
                address, timeout=max(0.1, min(5.0, deadline - time.monotonic()))
            )
            plain.settimeout(HANDSHAKE_SECONDS)
            return EncryptedLink(plain, context, server=False)
        except OSError as error:
            if plain is not None:
                plain.close()
            if isinstance(error, ssl.SSLCertVerificationError):
                raise
            if time.monotonic() > deadline:
                raise TimeoutError from None
            time.sleep(0.1)


def send_note(link: EncryptedLink, note: dict[str, Any]) -> None:
    """Send a few words in one piece.

    Parameters
    ----------
    link : EncryptedLink
        The connection.
    note : dict
        Plain values.
    """
    link.sendall(packed(note))


def packed(note: dict[str, Any]) -> bytes:
    """A note as it travels: its length in 4 bytes, then JSON.

    Parameters
    ----------
    note : dict
        Plain values.
    """
    text = json.dumps(note).encode()
    return LENGTH.pack(len(text)) + text


def receive_note(link: EncryptedLink) -> dict[str, Any]:
    """Receive what :func:`send_note` sent.

    Parameters
    ----------
    link : EncryptedLink
        The connection; waits at most as long as its timeout.

    Returns
    -------
    dict
        Plain values.

    Raises
    ------
    OSError
        If the connection ends or nothing comes.
    ValueError
        If it is no note.
    """
    (length,) = LENGTH.unpack(link.exactly(LENGTH.size))
    if length > LONGEST_NOTE:
        raise ValueError("too long")
    note = json.loads(link.exactly(length))
    if not isinstance(note, dict):
        raise ValueError("no note")
    return note
