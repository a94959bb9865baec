"""Memory that several processes of this host see, behind one class.

On Linux a segment is an anonymous memfd that travels as a file descriptor: no name,
no quota of /dev/shm, nothing to leak however anybody dies.  Elsewhere, and on
request, it is ``multiprocessing.shared_memory``.  A segment that only one process
needs is plain private memory.
"""

from __future__ import annotations

import contextlib
import errno
import mmap
import os
import sys
from multiprocessing import shared_memory
from multiprocessing.connection import Connection
from threading import Event
from typing import Any, Literal

import numpy as np
from numpy.typing import DTypeLike, NDArray

from fastavg.errors import FastavgError
from fastavg.machine.pipes import above_streams, receive_descriptor, send_descriptor
from fastavg.machine.resources import usable_memory

# Bytes that are there without asking.
LITTLE = 1 << 22
# Bytes of one request to the system, which answers Ctrl-C between two of them.
PIECE = 1 << 24
Kind = Literal["private", "memfd", "named"]


class OutOfMemory(FastavgError, MemoryError):
    """A segment would be larger than the memory that is left."""

    exit_code = 3


def shared_kind() -> Kind:
    """The kind of segment that suits this system, or ``FASTAVG_SHARED_MEMORY``."""
    asked = os.environ.get("FASTAVG_SHARED_MEMORY")
    if asked in ("memfd", "named"):
        return asked  # type: ignore[return-value]
    return "memfd" if hasattr(os, "memfd_create") else "named"


class Segment:
    """A block of bytes; its creator closes it, others attach and detach.

    Parameters
    ----------
    kind : {'private', 'memfd', 'named'}
        Private memory, an anonymous memfd, or ``multiprocessing.shared_memory``.
    size : int
        Bytes.
    source : int, SharedMemory or None
        The descriptor of a memfd, or the named segment.
    owner : bool
        True in the process that created it.
    """

    def __init__(self, kind: Kind, size: int, source: Any, owner: bool) -> None:
        self.kind, self.size, self._owner = kind, size, owner
        self._source = source
        if kind == "named":
            # Views may outlive us: the mapping goes with the last of them, and not before.
            self._buffer: Any = source._mmap
            source._buf = source._mmap = None
        elif kind == "memfd":
            self._buffer = mmap.mmap(source, max(size, 1))
        else:
            self._buffer = mmap.mmap(-1, max(size, 1))

    @classmethod
    def create(cls, size: int, kind: Kind) -> Segment:
        """Create a segment of zero bytes.

        Parameters
        ----------
        size : int
            Bytes.
        kind : {'private', 'memfd', 'named'}
            See :class:`Segment`.

        Raises
        ------
        OutOfMemory
            If it would not fit; nothing is left behind.
        """
        # The answer takes a millisecond, and is yes for so little.
        if size > LITTLE and size > (free := usable_memory()):
            raise OutOfMemory(
                f"shared memory of {size / 1e6:.0f} MB is needed and {free / 1e6:.0f} MB are free; "
                "fewer workers or a smaller network would fit"
            )
        if kind == "private":
            return cls(kind, size, None, owner=True)
        if kind == "memfd":
            handle = above_streams(os.memfd_create("fastavg", os.MFD_CLOEXEC))
            os.ftruncate(handle, max(size, 1))
            return cls(kind, size, handle, owner=True)
        named = _make(max(size, 1))
        try:
            # A full /dev/shm is a bus error at the first touch, unless it is asked first.
            if hasattr(os, "posix_fallocate"):
                room = os.fstatvfs(named._fd)  # type: ignore[attr-defined]
                if room.f_bavail * room.f_frsize < size:
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                os.posix_fallocate(named._fd, 0, max(size, 1))  # type: ignore[attr-defined]
        except OSError as error:
            named.close()
            named.unlink()
            raise OutOfMemory(
                f"/dev/shm has no room for {size / 1e6:.0f} MB ({error.strerror}); "
                "a larger one (docker run --shm-size) or fewer workers would do"
            ) from None
        return cls(kind, size, named, owner=True)

    def send(self, connection: Connection, pid: int) -> None:
        """Send the segment to another process.

        Parameters
        ----------
        connection : Connection
            One end of :func:`fastavg.machine.pipes.open_pipe`.
        pid : int
            The process at the other end.
        """
        if self.kind == "memfd":
            connection.send(("memfd", self.size))
            send_descriptor(connection, self._source)
        else:
            connection.send(("named", self.size, self._source.name))

    @classmethod
    def receive(cls, connection: Connection) -> Segment:
        """Attach to the segment that the other end sends.

        Parameters
        ----------
        connection : Connection
            One end of :func:`fastavg.machine.pipes.open_pipe`.
        """
        kind, size, *rest = connection.recv()
        if kind == "memfd":
            return cls(kind, size, receive_descriptor(connection), owner=False)
        return cls(kind, size, _attach(rest[0]), owner=False)

    def write(self, offset: int, numbers: NDArray[Any], unwanted: Event | None = None) -> None:
        """Copy an array into a part of the segment.

        A new memfd has no pages yet.  The system fills them as it makes them, in half the time
        of making zeros first, a page at a time, and overwriting these.

        Parameters
        ----------
        offset : int
            Bytes before the part.
        numbers : array
            Of any shape; its numbers lie in C order in the segment.
        unwanted : threading.Event, optional
            Once it is set, which another thread may do, the rest is not copied any more.

        Raises
        ------
        OutOfMemory
            If there are no more pages.
        """
        if self.kind != "memfd" or not numbers.flags.c_contiguous:
            self.array(offset, numbers.shape, numbers.dtype)[...] = numbers
            return
        given = numbers.reshape(-1).view(np.uint8).data
        written = 0
        try:
            while written < len(given) and not (unwanted is not None and unwanted.is_set()):
                piece = given[written : written + PIECE]
                written += os.pwrite(self._source, piece, offset + written)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.ENOMEM):
                raise
            raise OutOfMemory(
                f"shared memory of {self.size / 1e6:.0f} MB is needed and the system has given "
                f"{(offset + written) / 1e6:.0f} MB; fewer rows would fit"
            ) from None

    def array(self, offset: int, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """A view of a part of the segment, which stays mapped as long as the view lives.

        Parameters
        ----------
        offset : int
            Bytes before the part.
        shape : tuple of int
            Of the view.
        dtype : dtype
            Of the view.
        """
        count = int(np.prod(shape, dtype=np.int64))
        return np.frombuffer(self._buffer, dtype, count, offset).reshape(shape)

    @property
    def is_open(self) -> bool:
        """True until it is closed: only then it can be sent."""
        return self._source is not None

    def close(self) -> None:
        """Release the segment; its memory is freed with the last view in the last process."""
        source, self._source = self._source, None
        if source is None:
            return
        if self.kind == "memfd":
            os.close(source)
        elif self._owner:
            source.unlink()
        if self.kind == "named":
            source.close()


def _make(size: int) -> shared_memory.SharedMemory:
    # The name says whose it is: whoever finds one in /dev/shm can look for the process.
    while True:
        with contextlib.suppress(FileExistsError):
            name = f"fastavg-{os.getpid()}-{os.urandom(4).hex()}"
            return shared_memory.SharedMemory(name, create=True, size=size)


def _attach(name: str) -> shared_memory.SharedMemory:
    # Only the creator may unlink: a tracker of this process would do it early.
    if sys.version_info >= (3, 13):
        return shared_memory.SharedMemory(name, track=False)
    from multiprocessing import resource_tracker

    register = resource_tracker.register
    resource_tracker.register = lambda *args: None
    try:
        return shared_memory.SharedMemory(name)
    finally:
        resource_tracker.register = register
