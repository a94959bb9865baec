"""Pipes between the processes of a host, and descriptors that travel through them.

``multiprocessing`` makes its pipes with the ``socket`` module.  A program that was
patched to run many light threads in one (gevent, eventlet) has other sockets there: their
descriptors do not block, and reading from one before there is something to read is an
error.  So these are made from ``_socket``, the C module beneath, which nobody replaces.

No descriptor made here is 0, 1 or 2, also where the program was started with these
closed: what somebody writes to standard error must not end in the middle of a message.
"""

from __future__ import annotations

import _socket
import array
import multiprocessing
import os
from multiprocessing.connection import Connection

STREAMS = 3


def above_streams(descriptor: int) -> int:
    """The descriptor, or in its place a duplicate that is none of the standard streams.

    Parameters
    ----------
    descriptor : int
        Closed if it is 0, 1 or 2.

    Examples
    --------
    >>> above_streams(17)
    17
    """
    if descriptor >= STREAMS:
        return descriptor
    import fcntl

    moved = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, STREAMS)
    os.close(descriptor)
    return int(moved)


def open_pipe() -> tuple[Connection, Connection]:
    """Both ends of a two-way pipe whose descriptors block.

    >>> ours, theirs = open_pipe()
    >>> ours.send("a"), theirs.recv()
    (None, 'a')
    """
    if not hasattr(_socket, "AF_UNIX"):
        return multiprocessing.Pipe(duplex=True)
    ends = []
    for end in _socket.socketpair(_socket.AF_UNIX, _socket.SOCK_STREAM):
        handle = above_streams(end.detach())
        # A default time-out of the program's sockets makes new ones non-blocking.
        os.set_blocking(handle, True)
        ends.append(Connection(handle))
    return ends[0], ends[1]


def open_lifeline() -> tuple[int, int]:
    """The reading and the writing descriptor of a one-way pipe."""
    read, write = os.pipe()
    return above_streams(read), above_streams(write)


def send_descriptor(connection: Connection, descriptor: int) -> None:
    """Send a descriptor to the process at the other end; it stays open here.

    Parameters
    ----------
    connection : Connection
        One end of :func:`fastavg.machine.pipes.open_pipe`.
    descriptor : int
        The descriptor to send.

    Raises
    ------
    OSError
        If the other end is gone.
    """
    rights = array.array("i", [descriptor])
    with _Borrowed(connection) as end:
        end.sendmsg([b"\1"], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)])


def receive_descriptor(connection: Connection) -> int:
    """The descriptor that the other end has sent; the caller closes it.

    Parameters
    ----------
    connection : Connection
        One end of :func:`fastavg.machine.pipes.open_pipe`.

    Raises
    ------
    EOFError
        If the other end is gone.
    """
    rights = array.array("i")
    with _Borrowed(connection) as end:
        message, ancillary, _, _ = end.recvmsg(1, _socket.CMSG_SPACE(rights.itemsize))
    if not message or not ancillary:
        raise EOFError
    rights.frombytes(ancillary[0][2])
    os.set_inheritable(rights[0], False)
    return above_streams(rights[0])


class _Borrowed:
    """A socket on a connection's descriptor, which stays open afterwards."""

    def __init__(self, connection: Connection) -> None:
        self._socket = _socket.socket(
            _socket.AF_UNIX, _socket.SOCK_STREAM, 0, fileno=connection.fileno()
        )

    def __enter__(self) -> _socket.socket:
        return self._socket

    def __exit__(self, *exception: object) -> None:
        self._socket.detach()
