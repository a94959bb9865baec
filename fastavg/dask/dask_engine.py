"""Ranks on the workers of a Dask cluster.

.. code-block:: text

    client                          worker of rank 0          other workers
      |-- who are you? ------------------->|------------------->|
      |<- its address, versions, memory ---|<-------------------|
      |-- be rank 0: its rows, reports --->|   be rank 1, ...   |
      |                                    |<====== TLS =======>|
      |<- the fitted estimator ------------|
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from numpy.typing import NDArray

from fastavg.dask.frame_arrays import check_readable
from fastavg.data.parts.piece_parts import Piece, Slice, slices_of
from fastavg.engines.contract import Estimator, Job, Report, Room
from fastavg.engines.part_exchange import OwnRows, joined
from fastavg.engines.rank_entry import be_rank, check_reports, close_door, prepare
from fastavg.engines.rank_results import LOOK_SECONDS, End, first_result, gone
from fastavg.errors import RankLost
from fastavg.machine.resources import usable_memory

# How long to wait for the first worker of a cluster that has just been started.
FIRST_SECONDS = 10.0
# What messages call the arrays of a fit.
NAMES = ("X", "y", "sample_weight")


class DaskEngine:
    """One rank on each of some workers.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    arrays : list of dask.array
        X, y and the weights of rows, or None in place of these, in partitions of rows.
    """

    worker, asks = "Dask worker", "ranks"

    def __init__(self, client: Any, arrays: list[Any]) -> None:
        self._client, self._arrays = client, arrays
        # The rows of all partitions, once they were asked for.
        self._whole: list[Any] | None = None

    def queue(self) -> AbstractContextManager[Any]:
        """Fits of one cluster queue, those of other clients too; see :meth:`Engine.queue`."""
        from distributed import Lock

        with self._client.as_current():
            turn: AbstractContextManager[Any] = Lock("fastavg-fit")
        return turn

    def slots(self, wanted: int | None) -> int:
        """The number of workers; see :meth:`Engine.slots`."""
        if not self._known():
            self._client.wait_for_workers(1, timeout=FIRST_SECONDS)
        return len(self._known())

    def run(self, job: Job) -> Any:
        """Train on the first workers by address, or on those that have the rows already.

        See :meth:`Engine.run`.
        """
        client, job = self._client, replace(job, own_rows=job.in_parts)
        parts = _Partitions(self._arrays, job) if job.own_rows else None
        addresses = self._known()[: job.ranks]
        if parts is not None:
            addresses = parts.near(client, self._known())
        numbers = {address: number for number, address in enumerate(addresses)}
        found = client.run(report_of, job, numbers, workers=addresses, on_error="return")
        reports = [_report(number, address, found) for number, address in enumerate(addresses)]
        try:
            check_reports(job, reports, self.worker)
            given = [
                self._given(number, address, parts) for number, address in enumerate(addresses)
            ]
            # Ranks would wait for one whose rows cannot be computed.
            self._computed(parts, reports)
            futures = [
                client.submit(
                    fit_rank if parts is None else fit_own_rows, job, number, reports,
                    *given[number], workers=[address],
                    allow_other_workers=False, retries=0, pure=False,
                    key=f"fastavg-rank-{number}-{job.name}-{job.attempt}",
                )
                for number, address in enumerate(addresses)
            ]
            return first_result(_Futures(self, futures, reports), reports, self.worker)
        finally:
            if addresses[0] in self._known():
                client.run(close_door, job.name, workers=addresses[:1], on_error="ignore")

    def memory(self, ranks: int) -> list[Room]:
        """The memory of the first workers by address.

        Parameters
        ----------
        ranks : int
            How many.
        """
        addresses = self._known()[:ranks]
        return list(self._client.run(room_of, workers=addresses).values())

    def _given(self, number: int, address: str, parts: _Partitions | None) -> tuple[Any, ...]:
        if parts is not None:
            return parts.of_rank(self._client, number, address)
        if self._whole is None:
            self._whole = [
                None if each is None else self._client.compute(list(each.to_delayed().ravel()))
                for each in self._arrays
            ]
        return tuple(self._whole)

    def _computed(self, parts: _Partitions | None, reports: list[Report]) -> None:
        from distributed import wait

        kinds = parts.computing if parts is not None else [
            dict(enumerate(each or ())) for each in self._whole or ()
        ]
        futures = [future for each in kinds for future in each.values()]
        while True:
            try:
                wait(futures, timeout=LOOK_SECONDS)
                break
            except TimeoutError:
                known = self._known()
                for rank, report in enumerate(reports):
                    if report.worker not in known:
                        raise gone(rank, report, self.worker) from None
        for name, each in zip(NAMES, kinds, strict=True):
            check_readable(each, name)

    def _known(self) -> list[str]:
        # Not scheduler_info, which has no workers for a moment whenever the client asks for the
        # scheduler's health.
        return sorted(self._client.nthreads())


def _report(rank: int, address: str, found: Mapping[str, Any]) -> Report:
    report = found.get(address)
    if isinstance(report, Report):
        return report
    if report is None or isinstance(report, OSError):
        host = str(urlsplit(address).hostname)
        raise RankLost(
            f"rank {rank} is lost: Dask worker {address} on {host} has ended", rank, host
        )
    raise report


class _Partitions:
    """Which partitions each rank of a job needs; they are computed where it runs."""

    def __init__(self, arrays: list[Any], job: Job) -> None:
        self._lengths = arrays[0].chunks[0]
        self._delayed = [
            None if each is None else each.to_delayed().ravel().tolist() for each in arrays
        ]
        workers = int(job.estimator.workers)
        self._slices = [
            slices_of(self._lengths, workers, rank, job.ranks) for rank in range(job.ranks)
        ]
        # By array and partition; neighbours share a partition that the cut goes through.
        self.computing: list[dict[int, Any]] = [{} for _ in arrays]

    def near(self, client: Any, addresses: list[str]) -> list[str]:
        """A worker for each rank: the one that has most of its rows already, if there is one.

        Parameters
        ----------
        client : distributed.Client
            Of the cluster.
        addresses : list of str
            Of all workers.
        """
        keys = [each.key for each in self._delayed[0] or ()]
        holders = client.sync(client.scheduler.who_has, keys=keys)
        left, found = list(addresses), []
        for slices in self._slices:
            rows = dict.fromkeys(left, 0)
            for number, start, stop in slices:
                for address in holders.get(keys[number], ()):
                    if address in rows:
                        rows[address] += stop - start
            # The first of those that have as much.
            found.append(max(left, key=lambda address: rows[address]))
            left.remove(found[-1])
        return found

    def of_rank(self, client: Any, rank: int, address: str) -> tuple[Any, ...]:
        """Where in its partitions the rows of a rank are, and futures of these.

        Parameters
        ----------
        client : distributed.Client
            Of the cluster.
        rank : int
            Which rank.
        address : str
            Of its worker.
        """
        futures: list[list[Any] | None] = []
        for kind, delayed in enumerate(self._delayed):
            if delayed is None:
                futures.append(None)
                continue
            known = self.computing[kind]
            for number, _, _ in self._slices[rank]:
                if number not in known:
                    known[number] = client.compute(
                        delayed[number], workers=[address], allow_other_workers=True
                    )
            futures.append([known[number] for number, _, _ in self._slices[rank]])
        return (sum(self._lengths), self._slices[rank], *futures)


class _Futures:
    def __init__(self, engine: DaskEngine, futures: list[Any], reports: list[Report]) -> None:
        self._engine, self._futures, self._reports = engine, futures, reports
        self._waiting = dict(enumerate(futures))

    def look(self, seconds: float) -> dict[int, End]:
        from distributed import wait

        found = {}
        with contextlib.suppress(TimeoutError):
            wait(list(self._waiting.values()), timeout=seconds, return_when="FIRST_COMPLETED")
        known = self._engine._known()
        for rank, future in list(self._waiting.items()):
            report = self._reports[rank]
            if future.status == "finished":
                found[rank] = End(future.result())
            elif future.status in ("error", "cancelled", "lost"):
                found[rank] = End(error=future.exception())
            elif report.worker not in known:
                # Dask would wait until a lost worker comes back.
                found[rank] = End(error=gone(rank, report, self._engine.worker))
        for rank in found:
            del self._waiting[rank]
        return found

    def stop(self) -> None:
        self._engine._client.cancel(list(self._waiting.values()))


def report_of(job: Job, numbers: Mapping[str, int], dask_worker: Any) -> Report:
    """What this worker says of itself.

    Parameters
    ----------
    job : Job
        The fit.
    numbers : mapping of str to int
        The rank that each worker, by its address, is about to be.
    dask_worker : distributed.Worker
        This worker; Dask gives it.

    Returns
    -------
    Report
        With the limit of memory that Dask gives the worker.
    """
    address = dask_worker.address
    report = prepare(job, numbers[address], address, str(urlsplit(address).hostname))
    return report._replace(limit=dask_worker.memory_manager.memory_limit)


def room_of(dask_worker: Any) -> Room:
    """The memory that this worker could have for rows.

    Parameters
    ----------
    dask_worker : distributed.Worker
        This worker; Dask gives it.
    """
    limit = dask_worker.memory_manager.memory_limit
    return Room(str(urlsplit(dask_worker.address).hostname), usable_memory(), limit)


def fit_own_rows(
    job: Job, number: int, reports: Sequence[Report], n_rows: int, slices: Sequence[Slice],
    *partitions: Sequence[NDArray[Any]] | None,
) -> Estimator | None:
    """Be one rank of a fit in which every rank has the rows of its own workers.

    Parameters
    ----------
    job : Job
        The fit.
    number : int
        Of the rank.
    reports : sequence of Report
        Of all ranks in order.
    n_rows : int
        Rows of all ranks.
    slices : sequence of Slice
        Where the rows of this rank lie.
    *partitions : sequence of array, or None
        X, y and the weights of rows: for each slice the partition that it is of.

    Returns
    -------
    estimator or None
        As of :func:`fastavg.engines.rank_entry.be_rank`.
    """
    pieces = []
    for at, (partition, start, stop) in enumerate(slices):
        X, y, weights = (
            None if each is None else each[at][start:stop] for each in partitions
        )
        pieces.append(Piece(X, y, weights, place=f"partition {partition}"))
    return be_rank(job, number, reports, OwnRows(pieces, n_rows))


def fit_rank(
    job: Job, number: int, reports: Sequence[Report], X: Sequence[NDArray[Any]],
    y: Sequence[NDArray[Any]], weights: Sequence[NDArray[Any]] | None,
) -> Estimator | None:
    """Be one rank of a fit.

    Parameters
    ----------
    job : Job
        The fit.
    number : int
        Of the rank.
    reports : sequence of Report
        Of all ranks in order.
    X : sequence of array (n, features)
        All rows, in pieces.
    y : sequence of array
        Targets of the same pieces.
    weights : sequence of array, optional
        Of the rows.

    Returns
    -------
    estimator or None
        As of :func:`fastavg.engines.rank_entry.be_rank`.
    """
    return be_rank(job, number, reports, joined(X, y, weights))
