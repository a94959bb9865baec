"""Wait for the ranks of a fit, and name the worker of one that is lost."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from fastavg.engines.contract import Report
from fastavg.errors import RankLost

LOOK_SECONDS = 0.5
# A rank says why it failed a little later than the others hear that it did.
CAUSE_SECONDS = 3.0


class End(NamedTuple):
    """How a rank has ended.

    Attributes
    ----------
    value : object
        What it returned.
    error : BaseException or None
        What it raised; :class:`~fastavg.RankLost` with its own number if its worker is gone.
    """

    value: Any = None
    error: BaseException | None = None


class Running(Protocol):
    """Ranks that an engine has started."""

    def look(self, seconds: float) -> dict[int, End]:
        """The ranks that have ended since this was asked last, by number.

        Parameters
        ----------
        seconds : float
            How long to wait for one, in seconds.
        """
        ...

    def stop(self) -> None:
        """End those that are still there."""
        ...


def first_result(running: Running, reports: Sequence[Report], kind: str) -> Any:
    """What rank 0 returned, once all ranks have ended.

    Parameters
    ----------
    running : Running
        The ranks.
    reports : sequence of Report
        Of all ranks in order.
    kind : str
        What a worker of the cluster is called.

    Returns
    -------
    object
        Of rank 0.

    Raises
    ------
    RankLost
        If a rank is lost: names rank, machine and worker.
    Exception
        What a rank has raised.
    """
    ended: dict[int, End] = {}
    lost: RankLost | None = None
    deadline = float("inf")
    try:
        while len(ended) < len(reports):
            for rank, end in running.look(LOOK_SECONDS).items():
                ended[rank] = end
                if isinstance(end.error, RankLost):
                    lost = lost or end.error
                elif end.error is not None:
                    raise end.error
            if lost is not None:
                deadline = min(deadline, time.monotonic() + CAUSE_SECONDS)
                if lost.rank in ended or time.monotonic() > deadline:
                    break
        if lost is not None:
            raise named(lost, reports, kind) from lost
        return ended[0].value
    finally:
        running.stop()


def named(lost: RankLost, reports: Sequence[Report], kind: str) -> RankLost:
    """The same loss with the machine and the worker of the rank.

    Parameters
    ----------
    lost : RankLost
        As a rank, or the engine, says it.
    reports : sequence of Report
        Of all ranks in order.
    kind : str
        What a worker of the cluster is called.

    Returns
    -------
    RankLost
        Its message ends with the worker.

    Examples
    --------
    >>> report = Report("tcp://10.0.0.2:4000", "node2", 4711, "", (), 0)
    >>> named(RankLost("rank 1 has died", 1), [report, report], "Dask worker").args[0]
    'rank 1 has died; it ran on Dask worker tcp://10.0.0.2:4000 on node2'
    """
    if lost.rank is None or not 0 <= lost.rank < len(reports):
        return lost
    report = reports[lost.rank]
    return RankLost(
        f"{lost}; it ran on {kind} {report.worker} on {report.host}", lost.rank, report.host
    )


def gone(rank: int, report: Report, kind: str) -> RankLost:
    """The loss of a rank whose worker has left the cluster.

    Parameters
    ----------
    rank : int
        Its number.
    report : Report
        What it had said.
    kind : str
        What a worker of the cluster is called.
    """
    return RankLost(
        f"rank {rank} (process {report.process} on {report.host}) is lost: its {kind} has ended",
        rank, report.host,
    )
