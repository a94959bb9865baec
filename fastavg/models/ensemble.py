"""All members of a model of a table at work: the mean of their answers, on every CPU."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastavg.data.frame import Frame
from fastavg.data.preprocessing.table_encoder import TableEncoder
from fastavg.machine.blas_threads import one_blas_thread
from fastavg.machine.resources import usable_cpus
from fastavg.models.forward import Forward
from fastavg.networks.network import Network

# From the last layer's values to probabilities, or to numbers in the targets' units.
Answer = Callable[[NDArray[np.floating]], NDArray[np.float64]]
# Rows that one thread encodes before it predicts them.
BLOCK = 2048


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Networks whose answers are averaged, and what turns columns into their inputs.

    Parameters
    ----------
    network : Network
        The layers, the same for all members.
    members : array (n_members, n_weights)
        The weights of each.
    encoder : TableEncoder
        What becomes of the columns.
    """

    network: Network
    members: NDArray[np.floating]
    encoder: TableEncoder

    def rows(self, frame: Frame, answer: Answer) -> NDArray[np.float64]:
        """The mean answer for each row, block by block, on as many threads as CPUs.

        Parameters
        ----------
        frame : Frame
            The columns.
        answer : callable
            From the last layer's values to what is averaged.

        Returns
        -------
        array (n_rows, n_outputs) of float64
            The answers.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        values = self.encoder.values(frame)
        out = np.empty((len(frame), self.network.layer_sizes[-1]))
        starts = range(0, len(frame), BLOCK)
        threads = max(1, min(usable_cpus(), len(starts)))

        def work(mine: range) -> None:
            networks = _Networks(self)
            for start in mine:
                networks.answer(values, start, answer, out)

        with one_blas_thread():
            if threads == 1:
                work(starts)
            else:
                # The first block compiles, or loads, what all others use.
                work(starts[:1])
                with ThreadPoolExecutor(threads) as pool:
                    for done in [pool.submit(work, starts[at::threads]) for at in range(threads)]:
                        done.result()
        return out

    def batches(
        self, frames: Iterable[Frame], answer: Answer
    ) -> Iterator[NDArray[np.float64]]:
        """The same for parts of a table, as many of them at the same time as there are CPUs.

        Parameters
        ----------
        frames : iterable of Frame
            The parts; at most twice as many as CPUs are in memory.
        answer : callable
            As for :meth:`rows`.

        Yields
        ------
        array (n_rows, n_outputs) of float64
            The answers, in the order of the parts.

        Raises
        ------
        DataError
            If a column is missing or has changed.
        """
        own, threads = threading.local(), usable_cpus()

        def work(frame: Frame) -> NDArray[np.float64]:
            if not hasattr(own, "networks"):
                own.networks = _Networks(self)
            values = self.encoder.values(frame)
            out = np.empty((len(frame), self.network.layer_sizes[-1]))
            for start in range(0, len(frame), BLOCK):
                own.networks.answer(values, start, answer, out)
            return out

        with one_blas_thread(), ThreadPoolExecutor(threads) as pool:
            waiting: deque[Future[NDArray[np.float64]]] = deque()
            for part, frame in enumerate(frames):
                if not part:
                    # One row compiles, or loads, what all others use.
                    pool.submit(work, frame.slice(0, 1)).result()
                waiting.append(pool.submit(work, frame))
                if len(waiting) == 2 * threads:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()


class _Networks:
    """All members of an ensemble at work in one thread."""

    def __init__(self, ensemble: Ensemble) -> None:
        dtype, encoder = ensemble.members.dtype, ensemble.encoder
        lookups = encoder.lookups
        self._encoder = encoder
        self._networks = [
            Forward(ensemble.network, dtype, lookups).load(weights)
            for weights in ensemble.members
        ]
        self._inputs = np.empty((BLOCK, encoder.numbers), dtype)

    def answer(
        self, values: list[NDArray[Any]], start: int, answer: Answer, out: NDArray[np.float64]
    ) -> None:
        """Write the mean answer for the block of rows from ``start`` on to its place in out."""
        stop = min(start + BLOCK, len(out))
        rows = self._inputs[: stop - start]
        self._encoder.write(values, start, stop, rows)
        total = answer(self._networks[0](rows))
        for network in self._networks[1:]:
            total += answer(network(rows))
        out[start:stop] = total / len(self._networks)
