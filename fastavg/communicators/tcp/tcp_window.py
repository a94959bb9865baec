"""A vector of all ranks that rank 0 keeps and serves: TCP has no one-sided operations.

.. code-block:: text

    rank 1 --- A, change -->  rank 0   a thread for each other rank adds to the vector
           <--- vector -----           and answers
    rank 2 --- R ---------->
           <--- vector -----
"""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.communicators.tcp.encrypted_link import EncryptedLink
from fastavg.errors import RankLost

ADD, READ = b"A", b"R"


class Server:
    """The vector on rank 0, and a thread for every other rank.

    Parameters
    ----------
    start : array (n,) of float32 or float64
        The vector at first.
    links : sequence of EncryptedLink
        The connections to the other ranks, for requests alone.
    """

    def __init__(self, start: NDArray[Any], links: list[EncryptedLink]) -> None:
        self._vector, self._lock, self._links = start.copy(), threading.Lock(), links
        self._threads = [
            threading.Thread(target=self._serve, args=(link,), name="tcp-window", daemon=True)
            for link in links
        ]
        for thread in self._threads:
            thread.start()

    def add(self, change: NDArray[Any], values: NDArray[Any]) -> None:
        """Add and read; see :meth:`Window.add`."""
        with self._lock:
            self._vector += change
            values[:] = self._vector

    def read(self, values: NDArray[Any]) -> None:
        """Copy the vector; see :meth:`Window.read`."""
        with self._lock:
            values[:] = self._vector

    def answer(self) -> None:
        """No-op: threads answer."""

    def close(self) -> None:
        """End the connections and the threads."""
        for link in self._links:
            with contextlib.suppress(OSError):
                link.plain.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for link in self._links:
            link.close()

    def _serve(self, link: EncryptedLink) -> None:
        change, values = np.empty_like(self._vector), np.empty_like(self._vector)
        # That a rank is gone is noticed elsewhere; what it had not sent is lost.
        with contextlib.suppress(OSError):
            while True:
                if link.exactly(1) == ADD:
                    receive(link, change)
                    self.add(change, values)
                else:
                    self.read(values)
                link.sendall(_bytes(values))


class Client:
    """The vector as another rank reaches it.

    Parameters
    ----------
    link : EncryptedLink
        To rank 0.
    server : str
        Rank 0's name, for messages.
    """

    def __init__(self, link: EncryptedLink, server: str) -> None:
        self._link, self._server = link, server

    def add(self, change: NDArray[Any], values: NDArray[Any]) -> None:
        """Send the change, receive the vector; see :meth:`Window.add`."""
        self._ask(ADD, change, values)

    def read(self, values: NDArray[Any]) -> None:
        """Receive the vector; see :meth:`Window.read`."""
        self._ask(READ, values[:0], values)

    def answer(self) -> None:
        """No-op: nobody asks this rank."""

    def close(self) -> None:
        """End the connection."""
        self._link.close()

    def _ask(self, what: bytes, change: NDArray[Any], values: NDArray[Any]) -> None:
        try:
            self._link.sendall(what)
            if change.size:
                self._link.sendall(_bytes(change))
            receive(self._link, values)
        except OSError:
            raise RankLost(
                f"{self._server} keeps the weights that all ranks share and does not answer any "
                "more; all ranks end", 0,
            ) from None


def receive(link: EncryptedLink, into: NDArray[Any]) -> None:
    """Receive a whole array.

    Parameters
    ----------
    link : EncryptedLink
        Waits until all of it has come.
    into : array (n,)
        Overwritten.
    """
    rest = _bytes(into)
    while rest:
        rest = rest[link.recv_into(rest) :]


def _bytes(array: NDArray[Any]) -> memoryview:
    dense: Any = array.view(np.uint8)
    return memoryview(dense)
