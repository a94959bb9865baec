"""The center of one rank, brought together with those of the other ranks while workers train.

.. code-block:: text

    workers ---> center of rank 0 <-- thread --.
                                               |   one vector of all ranks: every thread adds
    workers ---> center of rank 1 <-- thread --+-- what its center has moved, and takes over
                                               |   what the others have moved
    workers ---> center of rank 2 <-- thread --'

A rank is to this vector what a Downpour worker is to its center, so workers never wait for
another rank.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fastavg.communicators import OneSided, Window
from fastavg.errors import ConfigError
from fastavg.kernels.asynchronous.exchange import follow
from fastavg.kernels.blocks.segments import copy

if TYPE_CHECKING:
    from fastavg.training.session import Session
    from fastavg.training.shared_center import SharedCenter

# Seconds between two looks whether workers have pushed.
NAP = 0.002
LEAVING_SECONDS = 1.0


class RankCenter:
    """A thread that exchanges the movements of this rank's center for those of the others.

    Parameters
    ----------
    shared : SharedCenter
        The center of this rank, which holds what the window does.
    window : Window
        The vector of all ranks.
    every : int
        Pushes of this rank's workers between two exchanges.
    """

    def __init__(self, shared: SharedCenter, window: Window, every: int) -> None:
        self._shared, self._window, self._every = shared, window, every
        # What all ranks know of the center, and room for it as it is now.
        self._known, self._taken = shared.center.copy(), np.empty_like(shared.center)
        self._values = np.empty_like(shared.center)
        self._one_at_a_time, self._ended = threading.Lock(), threading.Event()
        self._error: BaseException | None = None
        self._seen = shared.version
        self._thread = threading.Thread(target=self._run, name="rank-center", daemon=True)

    def exchange(self) -> None:
        """Give the others what this center has moved; take what theirs have.

        Raises
        ------
        RankLost
            If the vector cannot be reached any more.
        """
        if self._error is not None:
            raise self._error
        with self._one_at_a_time:
            shared, taken, known, values = self._shared, self._taken, self._known, self._values
            with shared.lock:
                self._seen = shared.version
                copy(shared.center, taken)
            np.subtract(taken, known, out=known)
            self._window.add(known, values)
            with shared.lock:
                # Workers may have pushed in the meantime.
                follow(shared.center, taken, values)
            self._known, self._values = values, known

    def start(self) -> None:
        """Begin to exchange after so many pushes."""
        self._thread.start()

    def stop(self, seconds: float | None = None) -> None:
        """Exchange no more by itself.

        Parameters
        ----------
        seconds : float, optional
            How long to wait for an exchange that is under way; until it is done if not given.
        """
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(seconds)

    def _run(self) -> None:
        try:
            while not self._ended.wait(NAP):
                if self._shared.version - self._seen >= self._every:
                    self.exchange()
                else:
                    with self._one_at_a_time:
                        self._window.answer()
        except BaseException as error:
            self._error = error


@contextlib.contextmanager
def joined_center(
    session: Session, shared: SharedCenter, every: int
) -> Iterator[RankCenter | None]:
    """The centers of all ranks joined, while a run trains; None if there is one rank.

    Parameters
    ----------
    session : Session
        An open run; all its ranks call.
    shared : SharedCenter
        The center of this rank, the same on all ranks.
    every : int
        Pushes of a rank's workers between two exchanges.

    Raises
    ------
    ConfigError
        If the communicator has no window.
    """
    communicator = session.communicator
    if communicator.size == 1:
        yield None
        return
    if not isinstance(communicator, OneSided):
        raise ConfigError(
            f"{type(communicator).__name__} has no window; asynchronous training on several "
            "ranks needs mpi or tcp, and algorithm.asynchrony=simulated does without"
        )
    window = communicator.window(shared.center)
    joined = RankCenter(shared, window, every)
    joined.start()
    try:
        yield joined
    except BaseException:
        # Another rank may be gone, and never answer.
        joined.stop(LEAVING_SECONDS)
        raise
    joined.stop()
    # Only after a good end all ranks are here.
    communicator.allreduce(np.zeros(1))
    window.close()
