"""What a worker of a cluster does for a fit: report itself, then be a rank."""

from __future__ import annotations

import copy
import os
import platform
import socket
from collections.abc import Sequence
from importlib import metadata
from typing import Any

from fastavg.communicators.tcp.admission import Admission
from fastavg.communicators.tcp.tcp_communicator import TCPCommunicator
from fastavg.engines.checkpoint_copies import copies, own_copy, remove_copies, spread
from fastavg.engines.contract import Estimator, Job, Report
from fastavg.engines.part_exchange import OwnRows, Part, whole
from fastavg.errors import ConfigError
from fastavg.estimators.part_fit import fit_on_parts
from fastavg.machine.resources import usable_memory
from fastavg.version import VERSION

# Doors of the fits whose rank 0 this process is about to be, by the name of the fit.
_doors: dict[str, Admission] = {}
# The rows as the cluster hands them over, and as the rank trains on them.
COPIES_OF_ROWS = 2


def prepare(job: Job, number: int, worker: str, host: str) -> Report:
    """Say who this worker is; rank 0 binds the socket at which the others come, and keeps it.

    Parameters
    ----------
    job : Job
        The fit.
    number : int
        Of the rank that this worker is about to be.
    worker : str
        Its name in the cluster.
    host : str
        Address at which the other workers can reach this one.

    Returns
    -------
    Report
        For all ranks.
    """
    door = ""
    if number == 0 and job.ranks > 1:
        close_door(job.name)
        _doors[job.name] = Admission(host, 0, job.key)
        door = f"{host}:{_doors[job.name].address[1]}"
    rounds, _ = max(copies(job.name), default=(-1, ""))
    return Report(
        worker, socket.gethostname(), os.getpid(), door, versions(), usable_memory(),
        rounds=rounds,
    )


def versions() -> tuple[str, ...]:
    """Of what decides the bits, or whether objects can be sent."""
    python = ".".join(platform.python_version_tuple()[:2])
    others = (f"{name} {metadata.version(name)}" for name in ("numba", "numpy", "scikit-learn"))
    return (f"fastavg {VERSION}", *others, f"Python {python}")


def close_door(name: str) -> None:
    """Release the socket of a fit, if it is still waiting for its rank.

    Parameters
    ----------
    name : str
        Of the fit.
    """
    door = _doors.pop(name, None)
    if door is not None:
        door.close()


def check_reports(job: Job, reports: Sequence[Report], kind: str) -> None:
    """Refuse workers that differ, or have too little memory, before anything is sent.

    Parameters
    ----------
    job : Job
        The fit.
    reports : sequence of Report
        Of all ranks in order.
    kind : str
        What a worker of the cluster is called.

    Raises
    ------
    ConfigError
        Names the worker and the numbers.
    """
    ours = versions()
    for report in reports:
        other = [(theirs, own) for theirs, own in zip(report.versions, ours) if theirs != own]
        if other:
            raise ConfigError(
                f"{kind} {report.worker} has {other[0][0]}, and this program has {other[0][1]}; "
                "all need the same"
            )
    needed = [COPIES_OF_ROWS * job.own_bytes(rank) for rank in range(len(reports))]
    what = "the rows of its own workers" if job.own_rows else "all rows"
    for rank, report in enumerate(reports):
        if report.limit is not None and needed[rank] > report.limit:
            raise ConfigError(
                f"{kind} {report.worker} on {report.host} is granted {report.limit / 1e9:.3g} GB "
                f"of memory, and rank {rank} needs {needed[rank] / 1e9:.3g} GB for {what} and "
                f"their copy; float32 rows or workers with more memory would do"
            )
        ranks = [n for n, other in enumerate(reports) if other.host == report.host]
        total = sum(needed[n] for n in ranks)
        if total > report.memory:
            raise ConfigError(
                f"{report.host} has {report.memory / 1e9:.3g} GB of memory left, and its "
                f"{len(ranks)} ranks on {kind} {', '.join(reports[n].worker for n in ranks)} need "
                f"{total / 1e9:.3g} GB for {what} and their copies; fewer ranks a "
                "machine, float32 rows or more memory would do"
            )


def be_rank(
    job: Job, number: int, reports: Sequence[Report], part: Part | OwnRows
) -> Estimator | None:
    """Be one rank of a fit.

    Parameters
    ----------
    job : Job
        The fit.
    number : int
        Of this rank.
    reports : sequence of Report
        Of all ranks in order.
    part : Part or OwnRows
        The rows that this rank has: all, or some that the ranks exchange, or those of its own
        workers, which stay.

    Returns
    -------
    estimator or None
        Fitted, on rank 0; the same on all others, which return none.

    Raises
    ------
    RankLost
        If another rank is lost.
    Exception
        What the estimator's ``fit`` raises.
    """
    try:
        return _fit(job, number, reports, part)
    except BaseException:
        if job.last:
            remove_copies(job.name, number, job.attempt)
        raise


def _fit(
    job: Job, number: int, reports: Sequence[Report], part: Part | OwnRows
) -> Estimator | None:
    ranks = TCPCommunicator(
        reports[0].door or "localhost:1", number, job.ranks, job.key, job.seconds,
        _doors.pop(job.name, None) if number == 0 and job.ranks > 1 else None,
    )
    # Ranks may be threads of one process.
    estimator = copy.copy(job.estimator).set_params(communicator=ranks)
    try:
        if not job.last or job.attempt:
            estimator.set_params(**_checkpoints(job, number, reports, ranks))
        if isinstance(part, OwnRows):
            fit_on_parts(estimator, part.pieces, part.n_rows, ranks)
        else:
            rows = whole(part, ranks)
            named = {} if rows.held is None else {"validation_rows": rows.held}
            estimator.fit(rows.X, rows.y, sample_weight=rows.weights, **named)
    except BaseException as error:
        ranks.abort(f"{type(error).__name__}: {error}")
        raise
    ranks.close()
    remove_copies(job.name, number, job.attempt)
    estimator.set_params(**job.estimator.get_params(deep=False))
    return estimator if number == 0 else None


def _checkpoints(
    job: Job, number: int, reports: Sequence[Report], ranks: TCPCommunicator
) -> dict[str, Any]:
    if job.estimator.n_members > 1:
        # Each has files of its own; they begin anew, with the same bits.
        return {}
    if job.estimator.checkpoint is not None:
        # A file of the user's, which every machine is to see.
        return {"resume": "auto"} if job.attempt else {}
    path = own_copy(job.name, number, job.attempt)
    named: dict[str, Any] = {"checkpoint": path, "checkpoint_by": "each"}
    if spread(job.name, path, reports, ranks):
        named["resume"] = "auto"
    return named
