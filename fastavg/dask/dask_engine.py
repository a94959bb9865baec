"""Ranks on the workers of a Dask cluster.

.. code-block:: text

    client                          worker of rank 0          other workers
      |-- who are you? ------------------->|------------------->|
      |<- its address, versions, memory ---|<-------------------|
      |-- be rank 0: all rows, reports --->|   be rank 1, ...   |
      |                                    |<====== TLS =======>|
      |<- the fitted estimator ------------|
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

from numpy.typing import NDArray

from fastavg.engines.contract import Estimator, Job, Report
from fastavg.engines.part_exchange import joined
from fastavg.engines.rank_entry import be_rank, check_reports, close_door, prepare
from fastavg.engines.rank_results import End, first_result, gone
from fastavg.errors import RankLost

# How long to wait for the first worker of a cluster that has just been started.
FIRST_SECONDS = 10.0


class DaskEngine:
    """One rank on each of some workers.

    Parameters
    ----------
    client : distributed.Client
        Of the cluster.
    parts : list
        Futures of the pieces of X, of y and of the weights, or None in place of these.
    """

    worker, asks = "Dask worker", "ranks"

    def __init__(self, client: Any, parts: list[Any]) -> None:
        self._client, self._parts = client, parts

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
        """Train on the first workers by address; see :meth:`Engine.run`."""
        client, addresses = self._client, sorted(self._known())[: job.ranks]
        numbers = {address: number for number, address in enumerate(addresses)}
        found = client.run(report_of, job, numbers, workers=addresses, on_error="return")
        reports = [_report(number, address, found) for number, address in enumerate(addresses)]
        try:
            check_reports(job, reports, self.worker)
            futures = [
                client.submit(
                    fit_rank, job, number, reports, *self._parts, workers=[address],
                    allow_other_workers=False, retries=0, pure=False,
                    key=f"fastavg-rank-{number}-{job.name}-{job.attempt}",
                )
                for number, address in enumerate(addresses)
            ]
            return first_result(_Futures(self, futures, reports), reports, self.worker)
        finally:
            if addresses[0] in self._known():
                client.run(close_door, job.name, workers=addresses[:1], on_error="ignore")

    def _known(self) -> Mapping[str, Any]:
        known: Mapping[str, Any] = self._client.scheduler_info(n_workers=-1)["workers"]
        return known


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
