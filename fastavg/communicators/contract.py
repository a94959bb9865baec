"""What fastavg asks of whatever carries weights between ranks."""

from __future__ import annotations

from typing import Any, Literal, Protocol, runtime_checkable

from numpy.typing import NDArray

Operation = Literal["sum", "max"]


@runtime_checkable
class Communicator(Protocol):
    """Ranks that hold equal buffers and combine them.

    A communicator knows bytes, never networks.  Buffers are one-dimensional,
    contiguous, and have the same length and dtype on every rank; all ranks make the
    same calls in the same order.  The order in which ``allreduce`` adds is the
    communicator's own: fastavg only hands it numbers whose sum no order can change.
    """

    @property
    def rank(self) -> int:
        """This rank's place, 0 to ``size - 1``."""
        ...

    @property
    def size(self) -> int:
        """How many ranks there are."""
        ...

    def broadcast(self, buffer: NDArray[Any], root: int = 0) -> None:
        """Overwrite a buffer with that of one rank.

        Parameters
        ----------
        buffer : array (n,)
            Contiguous; the same length and dtype on every rank.
        root : int, default 0
            The rank whose buffer is sent.
        """
        ...

    def allreduce(self, buffer: NDArray[Any], operation: Operation = "sum") -> None:
        """Overwrite a buffer with the element-wise sum or maximum over all ranks.

        Parameters
        ----------
        buffer : array (n,)
            Contiguous; the same length and dtype on every rank.
        operation : {'sum', 'max'}, default 'sum'
            How elements are combined.
        """
        ...

    def close(self) -> None:
        """Release the transport; a second call has no effect."""
        ...


class Window(Protocol):
    """One vector of all ranks, to which each adds and which each reads when it likes.

    Only :meth:`close` is a collective.  One thread at a time uses it, which may be another
    than that of the communicator's collectives.
    """

    def add(self, change: NDArray[Any], values: NDArray[Any]) -> None:
        """Add to the vector, and read what it is then.

        Parameters
        ----------
        change : array (n,)
            What is added, number by number.
        values : array (n,)
            Receives the vector; every number is that after this rank's own addition.
        """
        ...

    def read(self, values: NDArray[Any]) -> None:
        """Read the vector.

        Parameters
        ----------
        values : array (n,)
            Receives it.
        """
        ...

    def answer(self) -> None:
        """Let the requests of other ranks go on; for a rank that makes no other call."""
        ...

    def close(self) -> None:
        """Release it; all ranks call, and no rank uses it any more."""
        ...


@runtime_checkable
class OneSided(Communicator, Protocol):
    """A communicator by which a rank reaches the others' numbers without their taking part."""

    def window(self, start: NDArray[Any]) -> Window:
        """Open a window; a collective.

        Parameters
        ----------
        start : array (n,) of float32 or float64
            The vector at first, the same on all ranks.

        Returns
        -------
        Window
            Of this rank.
        """
        ...


@runtime_checkable
class Exchanger(Communicator, Protocol):
    """A communicator that can also deal out parts of a buffer and collect them.

    With these two methods a mean of many weights costs no more bytes than one
    allreduce of them; without, fastavg makes do with ``allreduce``.
    """

    def alltoall(self, send: NDArray[Any], receive: NDArray[Any]) -> None:
        """Exchange parts: part q of rank r's ``send`` becomes part r of rank q's ``receive``.

        Parameters
        ----------
        send : array (size * n,)
            ``size`` parts of equal length.
        receive : array like send
            Overwritten; must not overlap with ``send``.
        """
        ...

    def allgather(self, buffer: NDArray[Any]) -> None:
        """Collect parts: part r of ``buffer`` becomes rank r's, on every rank.

        Parameters
        ----------
        buffer : array (size * n,)
            ``size`` parts of equal length; this rank's part is read.
        """
        ...
